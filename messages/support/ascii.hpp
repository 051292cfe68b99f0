#pragma once

namespace tieline {

/// Whether a byte is of a class of ASCII, whatever the locale is.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// White space as XML and line protocols have it.
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

constexpr bool is_control(char c) {
  return (c >= '\0' && c < ' ') || c == '\x7f';
}

} // namespace tieline
