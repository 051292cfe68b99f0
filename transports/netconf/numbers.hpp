#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace tieline::netconf {

/// Returns a number written in decimal digits only, or none if it is not one
/// or not in the range.
inline std::optional<uint64_t> to_number(std::string_view text, uint64_t least,
                                         uint64_t most) {
  uint64_t result = 0;
  const auto* end = text.data() + text.size();
  auto [stopped, wrong] = std::from_chars(text.data(), end, result);
  if (wrong != std::errc{} || stopped != end || result < least || result > most)
    return std::nullopt;
  return result;
}

} // namespace tieline::netconf
