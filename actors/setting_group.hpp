#pragma once

#include "tieline/actors/setting_value.hpp"
#include "tieline/actors/settings.hpp"
#include "tieline/messages/caf_compat.hpp"

#include <caf/config_option_adder.hpp>
#include <caf/config_option_set.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>

#include <string>
#include <type_traits>
#include <vector>

// What the tables of settings have in common. A table is a function `each` that
// calls `f(name, value, limits, help)` for each setting of a struct.

namespace tieline {

/// Reads the settings under `tieline.<group>`, which has no groups below it.
/// @param check_together tells of contradictions
template <class Settings, class Each, class Check>
caf::expected<Settings> load_group(const caf::settings& config,
                                   const std::string& group, Each each,
                                   Check check_together) {
  Settings result;
  auto outer = config.find("tieline");
  if (outer == config.end())
    return result;
  auto all = caf::get_as<caf::settings>(outer->second);
  if (!all)
    return invalid_setting({}, "not a group of settings");
  auto inner = all->find(group);
  if (inner == all->end())
    return result;
  auto ours = caf::get_as<caf::settings>(inner->second);
  if (!ours)
    return invalid_setting('.' + group, "not a group of settings");
  auto prefix = '.' + group + '.';
  for (auto& [name, value] : *ours)
    if (caf::holds_alternative<caf::settings>(value))
      return invalid_setting(prefix + std::string{name}, "no such setting");
  if (auto error = read_settings(*ours, prefix,
                                 [&](auto f) { each(result, f); }))
    return error;
  if (caf::error error = check_together(result))
    return error;
  return result;
}

/// Returns the error of the first setting under `tieline<prefix>` that is out
/// of range.
template <class Settings, class Each>
caf::error
check_ranges(const Settings& x, const std::string& prefix, Each each) {
  caf::error error;
  each(x,
       [&](const std::string& name, const auto& value, auto good, const char*) {
         auto wrong = out_of_range(value, good);
         if (!wrong.empty() && !error)
           error = invalid_setting(prefix + name, wrong);
       });
  return error;
}

/// Declares the settings with their help texts.
template <class Settings, class Each>
void declare_settings(caf::config_option_set& options, const char* category,
                      Each each) {
  Settings defaults;
  caf::config_option_adder adder{options, category};
  each(defaults, [&](compat::string_view name, auto& value, auto,
                     const std::string& help) {
    auto fallback = print(value);
    adder.add<std::decay_t<decltype(value)>>(
      name, fallback.empty() ? help : help + " (default " + fallback + ")");
  });
}

/// Returns the rows of the table.
template <class Settings, class Each>
std::vector<setting_info> describe_settings(Each each, bool of_policy = false) {
  std::vector<setting_info> result;
  Settings defaults;
  each(defaults,
       [&](const char* name, const auto& value, auto good, const char* help) {
         result.push_back({name, print(value), print(good), help, of_policy});
       });
  return result;
}

} // namespace tieline
