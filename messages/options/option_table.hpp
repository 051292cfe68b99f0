#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/options/configurable.hpp"
#include "tieline/messages/options/option_value.hpp"
#include "tieline/messages/plugin_traits.hpp"

#include <caf/config_option_set.hpp>
#include <caf/config_value.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline {

// The one way to have options. A table is made of rows; each names an option,
// the member of a struct that holds it, its range and its help text. All else
// follows: reading a config or the extras of a connection, checking,
// declaring, and the row of docs/settings.md.

/// Who may say what an option is to be for one connection.
enum class said_by {
  anybody,
  /// Only who runs in this process: it names a file here, or says what is
  /// verified.
  this_process,
};

/// Sets which extras params from peers may hold though they are
/// @ref said_by::this_process, by their names. The default is none.
void permit_from_peers(const std::vector<std::string>& names);

/// What is known of an option without the struct that holds it.
struct option_info {
  /// As in a config, with dashes. Extras may also have underscores for them.
  std::string name;
  option_kind kind;
  std::string range;
  std::string help;
  /// Its first and last values, or all that there are.
  std::vector<std::string> ends;
  /// The default.
  std::string fallback = {};
  said_by who = said_by::anybody;
};

/// A secret that a plugin takes from `connection_params::secrets`.
struct secret_info {
  /// With underscores.
  std::string name;
  std::string help;
};

/// What is wrong with which option, if anything is.
struct option_problem {
  std::string name;
  std::string why;

  explicit operator bool() const noexcept {
    return !why.empty();
  }
};

/// One row. `Options` is the struct that holds the option.
template <class Options>
class option {
public:
  /// @param access a pointer to the member, or a function that returns a
  ///        reference to the value
  template <class Access, class Range>
  option(std::string name, Access access, Range range, std::string help,
         said_by who = said_by::anybody)
    : info{std::move(name),
           Range::kind(),
           range.what(),
           std::move(help),
           range.ends(),
           {},
           who},
      set([access, range](Options& x, const caf::config_value& from) {
        value_type<Access> value{};
        if (!option_value::read(value, from))
          return must_be(range.what(), to_string(from));
        if (!range.good(value))
          return must_be(range.what(), option_value::print(value));
        std::invoke(access, x) = std::move(value);
        return std::string{};
      }),
      check([access, range](Options& x) {
        const auto& value = std::invoke(access, x);
        return range.good(value)
                 ? std::string{}
                 : must_be(range.what(), option_value::print(value));
      }),
      show([access](Options& x) {
        return option_value::print(std::invoke(access, x));
      }) {
    // nop
  }

  /// For what may be anything of its type.
  template <class Access>
  option(std::string name, Access access, std::string help,
         said_by who = said_by::anybody)
    : option(std::move(name), access, whole_range<value_type<Access>>(),
             std::move(help), who) {
    // nop
  }

  /// For a struct that has the options of its base, too.
  template <
    class Base,
    class = std::enable_if_t<
      std::is_base_of_v<Base, Options> && !std::is_same_v<Base, Options>>>
  option(const option<Base>& x)
    : info(x.info),
      set(x.set),
      check(x.check),
      show(x.show) {
    // nop
  }

  option_info info;
  /// These return what is wrong; empty if nothing is.
  std::function<std::string(Options&, const caf::config_value&)> set;
  std::function<std::string(Options&)> check;
  std::function<std::string(Options&)> show;

private:
  template <class Access>
  using value_type = std::decay_t<std::invoke_result_t<Access, Options&>>;
};

/// What a table has in common with those of other structs.
class option_list {
public:
  /// @param category the section of a config, as `tieline.ssh`
  option_list(std::string category, std::vector<option_info> rows,
              std::vector<secret_info> secrets);

  option_list(const option_list&) = delete;

  virtual ~option_list() = default;

  const std::string& category() const noexcept {
    return category_;
  }

  const std::vector<option_info>& rows() const noexcept {
    return rows_;
  }

  const std::vector<secret_info>& secrets() const noexcept {
    return secrets_;
  }

  /// Returns whether there is an option of that name, with dashes or
  /// underscores.
  bool has(std::string_view name) const {
    return find(name) < rows_.size();
  }

  /// Returns whether there is a secret of that name, with dashes or
  /// underscores.
  bool has_secret(std::string_view name) const;

  /// Returns what is wrong with a value of an option that there is; empty if
  /// nothing is.
  virtual std::string check_value(std::string_view name,
                                  const caf::config_value& value) const = 0;

  /// Returns why params may not hold that extra; empty if they may.
  /// @param from_peer whether they came from another process
  std::string refuse(std::string_view name, bool from_peer) const;

  /// Declares the options to CAF. Values that are none of theirs are left for
  /// loading to find, which tells what is wrong with them.
  void declare(caf::config_option_set& options) const;

protected:
  /// Returns the place of an option, or how many there are.
  size_t find(std::string_view name) const;

  /// Returns the section, or null if there is none.
  caf::expected<const caf::settings*>
  find_section(const caf::settings& config) const;

private:
  std::string category_;
  std::vector<option_info> rows_;
  std::vector<secret_info> secrets_;
};

/// Returns a name as extras have it, with underscores for dashes.
std::string underscored(std::string name);

/// Returns what is wrong with a name that none of the tables has.
std::string unknown_extra(std::string_view name,
                          const std::vector<const option_list*>& tables);

/// Returns what is wrong with an extra of which one of the tables has to know;
/// empty if nothing is.
std::string check_extra(std::string_view name, const std::string& value,
                        const std::vector<const option_list*>& tables);

/// Returns what is wrong with a name that is not in the section of a table.
std::string unknown_setting(const option_list& table);

/// Returns the error of an extra of a connection.
caf::error invalid_extra(const connection_key& key, const option_problem& what);

/// Groups of settings below the one that is read.
enum class subgroups { refused, left_to_others };

/// The options of a struct.
template <class Options>
class option_table : public option_list {
public:
  using row = option<Options>;

  /// Returns what is wrong with options together that are good each for itself.
  using contradiction = option_problem (*)(const Options&);

  option_table(std::string category, std::vector<row> rows,
               contradiction contradicts = nullptr,
               std::vector<secret_info> secrets = {})
    : option_list(std::move(category), describe(rows), std::move(secrets)),
      rows_(std::move(rows)),
      contradicts_(contradicts) {
    // nop
  }

  /// Reads the section of a config.
  caf::expected<Options> load(const caf::settings& config,
                              subgroups below = subgroups::refused) const {
    Options result{};
    auto section = find_section(config);
    if (!section)
      return section.error();
    if (*section == nullptr)
      return result;
    if (auto error = read(result, **section, category(), below))
      return error;
    return result;
  }

  /// Reads a group of a config.
  /// @param prefix the group's name, for errors
  caf::error read(Options& into, const caf::settings& group,
                  const std::string& prefix,
                  subgroups below = subgroups::refused) const {
    auto fail = [&prefix](const std::string& name, const std::string& why) {
      return invalid_option(prefix + '.' + name, why);
    };
    std::set<size_t> seen;
    for (const auto& [name, value] : group) {
      std::string text{name.begin(), name.end()};
      auto is_group = caf::holds_alternative<caf::settings>(value);
      if (is_group && below == subgroups::left_to_others)
        continue;
      if (is_group || !has(text))
        return fail(text, unknown_setting(*this));
      if (!seen.insert(find(text)).second)
        return fail(text, "is there with dashes and with underscores");
      if (auto why = set(into, text, value); !why.empty())
        return fail(text, why);
    }
    if (auto problem = contradiction_in(into))
      return fail(problem.name, problem.why);
    return {};
  }

  /// Sets an option that there is. Returns what is wrong with the value; empty
  /// if nothing is.
  std::string set(Options& into, std::string_view name,
                  const caf::config_value& value) const {
    return rows_[find(name)].set(into, value);
  }

  std::string check_value(std::string_view name,
                          const caf::config_value& value) const override {
    Options scratch{};
    return set(scratch, name, value);
  }

  /// Returns the option as a config has it.
  std::string show(const Options& x, std::string_view name) const {
    auto copy = x;
    return rows_[find(name)].show(copy);
  }

  /// Returns what a plugin that has the table may tell of its params.
  /// @param defaults what params mean that do not have an extra
  plugin_traits traits(const Options& defaults) const {
    plugin_traits result;
    for (const auto& row : rows_)
      result.extras.push_back(
        {row.info.name, row.info.kind, show(defaults, row.info.name)});
    for (const auto& x : secrets())
      result.secrets.push_back(x.name);
    return result;
  }

  /// Takes what extras have of the options.
  /// @param from_peer whether they are of params that came from another process
  /// @returns an `errc::invalid_params` that names an extra that is out of
  ///          range, of the wrong type, there twice, contradicts another, or is
  ///          not a peer's to say.
  caf::error take_extras(const connection_key& key, Options& into,
                         std::map<std::string, std::string>& extras,
                         bool from_peer) const {
    std::set<size_t> seen;
    for (auto i = extras.begin(); i != extras.end();) {
      auto place = find(i->first);
      if (place == rows_.size()) {
        ++i;
        continue;
      }
      auto why = refuse(i->first, from_peer);
      if (why.empty())
        why = seen.insert(place).second
                ? rows_[place].set(into, caf::config_value{i->second})
                : std::string{"is there with dashes, too"};
      if (!why.empty())
        return invalid_extra(key, {i->first, why});
      i = extras.erase(i);
    }
    if (seen.empty())
      return {};
    auto problem = contradiction_in(into);
    return problem
             ? invalid_extra(key, {underscored(problem.name), problem.why})
             : caf::error{};
  }

  /// Returns an `errc::invalid_setting` that names an option that is out of
  /// range or contradicts another, or an empty error.
  caf::error check(const Options& x, const std::string& prefix) const {
    auto copy = x;
    for (const auto& row : rows_)
      if (auto why = row.check(copy); !why.empty())
        return invalid_option(prefix + '.' + row.info.name, why);
    if (auto problem = contradiction_in(x))
      return invalid_option(prefix + '.' + problem.name, problem.why);
    return {};
  }

  caf::error check(const Options& x) const {
    return check(x, category());
  }

  /// For a table of a struct that is derived from this one.
  const std::vector<row>& options() const noexcept {
    return rows_;
  }

private:
  static std::vector<option_info> describe(std::vector<row>& rows) {
    Options defaults{};
    std::vector<option_info> result;
    for (auto& row : rows) {
      row.info.fallback = row.show(defaults);
      result.push_back(row.info);
    }
    return result;
  }

  option_problem contradiction_in(const Options& x) const {
    return contradicts_ == nullptr ? option_problem{} : contradicts_(x);
  }

  std::vector<row> rows_;
  contradiction contradicts_;
};

template <class Options>
caf::expected<Options>
configurable<Options>::load(const caf::settings& config) {
  return Options::table().load(config);
}

template <class Options>
caf::error configurable<Options>::check() const {
  return Options::table().check(static_cast<const Options&>(*this));
}

template <class Options>
void configurable<Options>::add_options(caf::config_option_set& options) {
  Options::table().declare(options);
}

} // namespace tieline
