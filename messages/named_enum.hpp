#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/default_enum_inspect.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace tieline {

/// Specialized for each enum of tieline. `values` holds the names in the order
/// of the enumerators.
template <class Enum>
struct names_of;

/// Returns the name of `x`, or `"invalid"`.
template <class Enum, class = decltype(names_of<Enum>::values)>
std::string to_string(Enum x) {
  auto index = static_cast<size_t>(x);
  constexpr auto& names = names_of<Enum>::values;
  return std::string{index < std::size(names) ? names[index] : "invalid"};
}

template <class Enum, class = decltype(names_of<Enum>::values)>
bool from_integer(std::underlying_type_t<Enum> value, Enum& x) {
  if (value >= std::size(names_of<Enum>::values))
    return false;
  x = static_cast<Enum>(value);
  return true;
}

template <class Enum, class = decltype(names_of<Enum>::values)>
bool from_string(compat::string_view name, Enum& x) {
  constexpr auto& names = names_of<Enum>::values;
  for (size_t i = 0; i < std::size(names); ++i)
    if (std::string_view{name.data(), name.size()} == names[i]) {
      x = static_cast<Enum>(i);
      return true;
    }
  return false;
}

template <class Inspector, class Enum, class = decltype(names_of<Enum>::values)>
bool inspect(Inspector& f, Enum& x) {
  return caf::default_enum_inspect(f, x);
}

} // namespace tieline
