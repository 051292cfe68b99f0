#pragma once

#include "tieline/messages/failure.hpp"

#include <caf/config_option_set.hpp>
#include <caf/config_value.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline {

/// What a transport's options are called, how they are declared to CAF, and how
/// each is read and checked. `Options` is the struct that holds them.
template <class Options>
class option_table {
public:
  /// Returns what is wrong with a value; empty if nothing is: then it is set.
  using setter = std::string (*)(Options&, const caf::config_value&);

  struct option {
    /// With underscores, as in the extras of a connection; dashes in a config.
    std::string_view name;
    std::string_view help;
    void (*declare)(caf::config_option_set&, std::string category,
                    std::string name, std::string help);
    setter set;
  };

  /// @param category the section of a config, as `tieline.ssh`
  option_table(std::string_view category, std::vector<option> options)
    : category_(category),
      options_(std::move(options)) {
    // nop
  }

  /// What CAF takes the option for.
  template <class T>
  static void as(caf::config_option_set& options, std::string category,
                 std::string name, std::string help) {
    options.add<T>(std::move(category), std::move(name), std::move(help));
  }

  bool has(std::string_view name) const {
    return find(name) != options_.end();
  }

  /// Sets the option of that name (with underscores). Returns what is wrong
  /// with the name or the value; empty if nothing is.
  std::string set(Options& into, std::string_view name,
                  const caf::config_value& value) const {
    if (auto pos = find(name); pos != options_.end())
      return pos->set(into, value);
    std::string wrong = "unknown; there are";
    for (const auto& x : options_)
      wrong += (&x == options_.data() ? " " : ", ") + std::string{x.name};
    return wrong;
  }

  /// Reads the section of a config.
  caf::expected<Options> load(const caf::settings& config) const {
    Options result;
    const auto* found = caf::get_if(&config, category_);
    if (found == nullptr)
      return result;
    const auto* section = caf::get_if<caf::settings>(found);
    if (section == nullptr)
      return invalid(": no section");
    for (const auto& [name, value] : *section) {
      auto field = name;
      std::replace(field.begin(), field.end(), '-', '_');
      // Underscores would be a second way to write each of them.
      auto wrong = name.find('_') == std::string::npos
                     ? set(result, field, value)
                     : std::string{"unknown; write dashes for underscores"};
      if (!wrong.empty())
        return invalid('.' + name + ": " + wrong);
    }
    return result;
  }

  /// Returns an error that names the first of the options, each as in a
  /// config, that is not good; an empty one if all are.
  caf::error check(const std::vector<std::pair<const char*, bool>>& all) const {
    for (const auto& [name, good] : all)
      if (!good)
        return invalid(std::string{"."} + name + ": out of range");
    return {};
  }

  void declare(caf::config_option_set& options) const {
    for (const auto& x : options_) {
      std::string name{x.name};
      std::replace(name.begin(), name.end(), '_', '-');
      x.declare(options, category_, std::move(name), std::string{x.help});
    }
  }

private:
  auto find(std::string_view name) const {
    return std::find_if(options_.begin(), options_.end(),
                        [&](const option& x) { return x.name == name; });
  }

  caf::error invalid(const std::string& cause) const {
    return make_error(errc::invalid_setting,
                      {{}, step::none, category_ + cause});
  }

  std::string category_;
  std::vector<option> options_;
};

// -- what values of options are like ------------------------------------------

namespace option_value {

inline bool in_range(caf::timespan x) {
  using namespace std::chrono_literals;
  return x >= caf::timespan{1ms} && x <= caf::timespan{1h};
}

struct range {
  uint64_t least;
  uint64_t most;

  bool has(uint64_t x) const {
    return x >= least && x <= most;
  }
};

inline std::string read(caf::timespan& out, const caf::config_value& value) {
  auto parsed = caf::get_as<caf::timespan>(value);
  if (!parsed)
    return "is not a duration like 500ms, 10s or 2min";
  if (!in_range(*parsed))
    return "must be 1ms to 1h";
  out = *parsed;
  return {};
}

inline std::string read(uint64_t& out, const range& good,
                        const caf::config_value& value) {
  auto parsed = caf::get_as<uint64_t>(value);
  if (!parsed || !good.has(*parsed))
    return "must be " + std::to_string(good.least) + " to "
           + std::to_string(good.most);
  out = *parsed;
  return {};
}

inline std::string read(std::string& out, const caf::config_value& value) {
  auto parsed = caf::get_as<std::string>(value);
  if (!parsed)
    return "is not a string";
  if (parsed->find('\0') != std::string::npos)
    return "has a NUL byte";
  out = std::move(*parsed);
  return {};
}

inline std::string read(bool& out, const caf::config_value& value) {
  auto parsed = caf::get_as<bool>(value);
  if (!parsed)
    return "must be true or false";
  out = *parsed;
  return {};
}

/// Reads a member of the options.
template <auto Member, class Options>
std::string read_member(Options& out, const caf::config_value& value) {
  return read(out.*Member, value);
}

template <auto Member, uint64_t Least, uint64_t Most, class Options>
std::string read_number(Options& out, const caf::config_value& value) {
  return read(out.*Member, range{Least, Most}, value);
}

} // namespace option_value

} // namespace tieline
