#pragma once

#include "tieline/messages/named_enum.hpp"

#include <cstdint>
#include <string_view>

namespace tieline {

/// What the value of an option is.
enum class option_kind : uint8_t {
  time,
  number,
  decimal,
  flag,
  /// One of some names.
  choice,
  text,
  list,
};

template <>
struct names_of<option_kind> {
  static constexpr std::string_view values[]
    = {"time", "number", "decimal", "flag", "choice", "text", "list"};
};

} // namespace tieline
