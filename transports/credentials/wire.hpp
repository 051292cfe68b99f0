#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline {

// Numbers and strings as SSH has them in packets, keys and the talk with its
// agent (RFC 4251, 5).

/// Takes a number of 32 bits from the front.
inline std::optional<uint32_t> take_number(std::string_view& from) {
  if (from.size() < 4)
    return std::nullopt;
  uint32_t result = 0;
  for (size_t i = 0; i < 4; ++i)
    result = result << 8 | static_cast<unsigned char>(from[i]);
  from.remove_prefix(4);
  return result;
}

/// Takes a length and so many bytes from the front.
inline std::optional<std::string_view> take_string(std::string_view& from) {
  auto length = take_number(from);
  if (!length || *length > from.size())
    return std::nullopt;
  auto result = from.substr(0, *length);
  from.remove_prefix(*length);
  return result;
}

inline void put_number(std::string& to, uint32_t x) {
  for (auto shift : {24, 16, 8, 0})
    to += static_cast<char>(x >> shift & 0xff);
}

inline void put_string(std::string& to, std::string_view x) {
  put_number(to, static_cast<uint32_t>(x.size()));
  to += x;
}

} // namespace tieline
