#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/config_value.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/error.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline {

/// Returns the error of a setting; `name` follows `tieline`, with its dot.
inline caf::error invalid_setting(const std::string& name,
                                  const std::string& why) {
  return make_error(errc::invalid_setting,
                    {{}, step::none, "tieline" + name + ": " + why});
}

/// What the value of a setting may be.
template <class T>
struct limits {
  T least;
  T most;
};

/// Any text will do.
template <>
struct limits<std::string> {};

template <>
struct limits<std::vector<std::string>> {};

constexpr limits<bool> yes_or_no{false, true};

/// Renders a value as a config has it.
template <class T>
std::string print(const T& x) {
  using namespace std::chrono_literals;
  if constexpr (std::is_same_v<T, std::string>) {
    return x;
  } else if constexpr (std::is_same_v<T, bool>) {
    return x ? "true" : "false";
  } else if constexpr (std::is_same_v<T, double>) {
    std::ostringstream out;
    out << x;
    return out.str();
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string result;
    for (const auto& text : x)
      result += (result.empty() ? "" : ", ") + text;
    return result;
  } else if constexpr (std::is_same_v<T, caf::timespan>) {
    // Those that CAF reads: it knows no days.
    constexpr std::pair<caf::timespan, const char*> units[]
      = {{1h, "h"}, {1min, "min"}, {1s, "s"}, {1ms, "ms"}};
    for (auto [unit, name] : units)
      if (x.count() != 0 && x % unit == 0s)
        return std::to_string(x / unit) + name;
    return x.count() == 0 ? "0s" : caf::deep_to_string(x);
  } else {
    return std::to_string(x);
  }
}

template <class T>
std::string print(const limits<T>& x) {
  if constexpr (std::is_same_v<T, std::string>)
    return "text";
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return "list of texts";
  else if constexpr (std::is_same_v<T, bool>)
    return "true or false";
  else
    return print(x.least) + " to " + print(x.most);
}

/// Returns why a value is out of range; empty if it is not.
template <class T>
std::string out_of_range(const T& x, const limits<T>& good) {
  constexpr auto is_text
    = std::is_same_v<
        T, std::string> || std::is_same_v<T, std::vector<std::string>>;
  // Written this way round for a NaN to be out.
  if constexpr (!is_text)
    if (!(x >= good.least && x <= good.most))
      return "out of range: " + print(x) + " is not in " + print(good);
  return {};
}

/// Sets a value from a config; returns why it cannot.
template <class T>
std::string assign(T& x, const caf::config_value& from, const limits<T>& good) {
  auto got = caf::get_as<T>(from);
  if (!got)
    return "not a valid value: " + to_string(from);
  auto wrong = out_of_range(*got, good);
  if (wrong.empty())
    x = std::move(*got);
  return wrong;
}

/// Reads what a group has of the settings that `each_setting` walks through,
/// calling `f(name, value, limits, help)` for each. Groups below it are left to
/// others.
template <class Walk>
caf::error read_settings(const caf::settings& group, const std::string& prefix,
                         Walk each_setting) {
  std::set<std::string> known;
  caf::error error;
  each_setting(
    [&](const std::string& name, auto& value, auto good, const char*) {
      known.insert(name);
      auto given = group.find(name);
      if (given == group.end() || error)
        return;
      if (auto wrong = assign(value, given->second, good); !wrong.empty())
        error = invalid_setting(prefix + name, wrong);
    });
  for (auto& [name, value] : group) {
    auto is_group = caf::holds_alternative<caf::settings>(value);
    if (!error && !is_group && known.count(std::string{name}) == 0)
      error = invalid_setting(prefix + std::string{name}, "no such setting");
  }
  return error;
}

} // namespace tieline
