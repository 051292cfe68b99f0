#include "tieline/messages/options/option_table.hpp"

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/failure.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/groups.hpp"
#include "tieline/messages/support/text.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <set>

namespace tieline {

namespace {

/// What CAF takes an option for. Its parser refuses `--name=` unless the name
/// of the type is `bool`, and `--name=false` if it is; so ours have names of
/// their own, and `config` writes out what they are to be.
template <class T>
const caf::config_option::meta_state* type_of(const char* name) {
  static const auto result = [name] {
    caf::config_option::meta_state x{};
    x.type_name = compat::string_view{name, std::strlen(name)};
    x.sync = [](void*, caf::config_value& value) -> caf::error {
      if (const auto* text = caf::get_if<std::string>(&value);
          text != nullptr && *text == R"("")"
          && (std::is_same_v<
                T, std::string> || std::is_same_v<T, std::vector<std::string>>))
        value = caf::config_value{std::string{}};
      T read{};
      return option_value::read(read, value) ? value.assign(read)
                                             : caf::error{};
    };
    return x;
  }();
  return &result;
}

using name_set = std::set<std::string>;

/// What peers may say. Set at start, and read by all threads.
std::shared_ptr<const name_set>& permitted() {
  static std::shared_ptr<const name_set> result;
  return result;
}

bool is_permitted(std::string_view name) {
  auto all = std::atomic_load(&permitted());
  return all && all->count(dashed(name)) > 0;
}

const caf::config_option::meta_state* type_of(option_kind kind) {
  switch (kind) {
    case option_kind::time:
      return type_of<caf::timespan>("timespan");
    case option_kind::number:
      return type_of<uint64_t>("number");
    case option_kind::decimal:
      return type_of<double>("decimal");
    case option_kind::flag:
      return type_of<bool>("true|false");
    case option_kind::list:
      return type_of<std::vector<std::string>>("list");
    default:
      return type_of<std::string>("text");
  }
}

} // namespace

void permit_from_peers(const std::vector<std::string>& names) {
  name_set all;
  for (const auto& name : names)
    all.insert(dashed(name));
  std::atomic_store(&permitted(),
                    std::make_shared<const name_set>(std::move(all)));
}

option_list::option_list(std::string category, std::vector<option_info> rows,
                         std::vector<secret_info> secrets)
  : category_(std::move(category)),
    rows_(std::move(rows)),
    secrets_(std::move(secrets)) {
  // nop
}

size_t option_list::find(std::string_view name) const {
  auto pos = std::find_if(rows_.begin(), rows_.end(),
                          [wanted = dashed(name)](const option_info& x) {
                            return x.name == wanted;
                          });
  return static_cast<size_t>(pos - rows_.begin());
}

std::string option_list::refuse(std::string_view name, bool from_peer) const {
  auto place = find(name);
  if (!from_peer || place == rows_.size()
      || rows_[place].who == said_by::anybody || is_permitted(name))
    return {};
  return "is not for other processes to say; tieline.node.peer-extras permits "
         "it";
}

bool option_list::has_secret(std::string_view name) const {
  return std::any_of(secrets_.begin(), secrets_.end(),
                     [wanted = dashed(name)](const secret_info& x) {
                       return dashed(x.name) == wanted;
                     });
}

void option_list::declare(caf::config_option_set& options) const {
  for (const auto& x : rows_)
    options.add(caf::config_option{
      category_, x.name,
      x.fallback.empty() ? x.help : x.help + " (default " + x.fallback + ')',
      type_of(x.kind)});
}

caf::expected<const caf::settings*>
option_list::find_section(const caf::settings& config) const {
  if (auto error = check_groups(config))
    return error;
  const auto* result = &config;
  for (size_t begin = 0; begin < category_.size();) {
    auto end = std::min(category_.find('.', begin), category_.size());
    auto found = result->find(category_.substr(begin, end - begin));
    if (found == result->end())
      return nullptr;
    result = caf::get_if<caf::settings>(&found->second);
    if (result == nullptr)
      return invalid_option(category_.substr(0, end),
                            "not a group of settings");
    begin = end + 1;
  }
  return result;
}

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string unknown_extra(std::string_view name,
                          const std::vector<const option_list*>& tables) {
  std::string result;
  for (const auto* table : tables) {
    if (table->has_secret(name))
      return "is a secret, and no extra";
    for (const auto& x : table->rows())
      result += (result.empty() ? "" : ", ") + underscored(x.name);
  }
  return "unknown; there are " + result;
}

std::string check_extra(std::string_view name, const std::string& value,
                        const std::vector<const option_list*>& tables) {
  for (const auto* table : tables)
    if (table->has(name))
      return table->check_value(name, caf::config_value{value});
  return unknown_extra(name, tables);
}

std::string unknown_setting(const option_list& table) {
  std::string result;
  for (const auto& x : table.rows())
    result += (result.empty() ? "" : ", ") + x.name;
  return "unknown; there are " + result;
}

caf::error invalid_extra(const connection_key& key,
                         const option_problem& what) {
  return make_error(errc::invalid_params,
                    {key, step::open, "extras." + what.name + ": " + what.why});
}

} // namespace tieline
