#pragma once

#include "tieline/messages/named_enum.hpp"
#include "tieline/messages/option_kind.hpp"

#include <caf/config_value.hpp>
#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace tieline {

/// Returns the error of a setting with its full name.
caf::error invalid_option(const std::string& name, const std::string& why);

/// The same; `name` follows `tieline`, with its dot.
caf::error invalid_setting(const std::string& name, const std::string& why);

/// Returns why something is not a good value.
std::string must_be(const std::string& what, const std::string& given);

// -- values -------------------------------------------------------------------

namespace option_value {

/// Renders a value as a config has it.
std::string print(caf::timespan x);
std::string print(uint64_t x);
std::string print(uint16_t x);
std::string print(double x);
std::string print(bool x);
std::string print(const std::string& x);
std::string print(const std::vector<std::string>& x);

/// Returns the value so that it is read back to the last digit, which `print`
/// does not promise of a time.
std::string exact(caf::timespan x);

template <class T>
std::string exact(T x) {
  return print(x);
}

/// Reads a value as a config, an extra or a command line has it. Returns
/// whether it is one of this type.
bool read(caf::timespan& out, const caf::config_value& from);
bool read(uint64_t& out, const caf::config_value& from);
bool read(uint16_t& out, const caf::config_value& from);
bool read(double& out, const caf::config_value& from);
bool read(bool& out, const caf::config_value& from);
bool read(std::string& out, const caf::config_value& from);
bool read(std::vector<std::string>& out, const caf::config_value& from);

/// Returns the same text for all texts that mean the same value; what is none
/// of this kind as it is.
std::string canonical(option_kind kind, const std::string& value);

template <class Enum, class = decltype(names_of<Enum>::values)>
std::string print(Enum x) {
  return to_string(x);
}

template <class Enum, class = decltype(names_of<Enum>::values)>
bool read(Enum& out, const caf::config_value& from) {
  std::string text;
  return read(text, from) && from_string(text, out);
}

} // namespace option_value

// -- ranges -------------------------------------------------------------------
//
// A range tells what values there are (`what`), whether one is good, and which
// ones are the ends.

/// Times or numbers.
template <class T>
struct limits {
  T least;
  T most;
  /// Zero is good as well.
  bool or_zero = false;

  static constexpr option_kind kind() {
    return std::is_same_v<T, caf::timespan> ? option_kind::time
           : std::is_same_v<T, double>      ? option_kind::decimal
                                            : option_kind::number;
  }

  std::string what() const {
    auto result = option_value::print(least) + " to "
                  + option_value::print(most);
    return or_zero ? result + ", or " + option_value::print(T{}) : result;
  }

  // Written this way round for a NaN to be out.
  bool good(const T& x) const {
    return (x >= least && x <= most) || (or_zero && x == T{});
  }

  std::vector<std::string> ends() const {
    return {option_value::print(least), option_value::print(most)};
  }
};

/// Texts.
struct text_rule {
  const char* description = "text";
  bool (*rule)(const std::string&) = nullptr;

  static constexpr option_kind kind() {
    return option_kind::text;
  }

  std::string what() const {
    return description;
  }

  bool good(const std::string& x) const;

  std::vector<std::string> ends() const {
    return {};
  }
};

constexpr text_rule a_path{"a path"};

/// Lists of texts.
struct any_list {
  static constexpr option_kind kind() {
    return option_kind::list;
  }

  std::string what() const {
    return "list of texts";
  }

  bool good(const std::vector<std::string>&) const {
    return true;
  }

  std::vector<std::string> ends() const {
    return {"[]"};
  }
};

struct yes_or_no {
  static constexpr option_kind kind() {
    return option_kind::flag;
  }

  std::string what() const {
    return "true or false";
  }

  bool good(bool) const {
    return true;
  }

  std::vector<std::string> ends() const {
    return {"true", "false"};
  }
};

/// Any name of an enum.
template <class Enum>
struct any_of {
  static constexpr option_kind kind() {
    return option_kind::choice;
  }

  std::string what() const {
    std::string result;
    auto all = ends();
    for (const auto& name : all)
      result += (result.empty()         ? ""
                 : &name == &all.back() ? " or "
                                        : ", ")
                + name;
    return result;
  }

  bool good(Enum x) const {
    return static_cast<size_t>(x) < std::size(names_of<Enum>::values);
  }

  std::vector<std::string> ends() const {
    const auto& names = names_of<Enum>::values;
    return {std::begin(names), std::end(names)};
  }
};

/// The range of what has no other.
template <class T>
auto whole_range() {
  if constexpr (std::is_same_v<T, bool>)
    return yes_or_no{};
  else if constexpr (std::is_same_v<T, std::string>)
    return text_rule{};
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return any_list{};
  else
    return any_of<T>{};
}

} // namespace tieline
