#include "tieline/messages/support/printable.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace tieline {

namespace {

constexpr size_t max_name = 255;

/// A character, or a byte that belongs to none.
struct character {
  uint32_t code = 0;
  size_t bytes = 1;
  bool valid = false;
};

/// Returns how many bytes a character has that begins with this one; 0: none
/// does.
size_t length_of(unsigned char first) noexcept {
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first < 0xe0)
    return 2;
  if (first >= 0xe0 && first < 0xf0)
    return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/// Reads the first character of a text that is not empty.
character read(std::string_view text) noexcept {
  auto first = static_cast<unsigned char>(text.front());
  auto length = length_of(first);
  if (length == 1)
    return {first, 1, true};
  if (length == 0 || length > text.size())
    return {first};
  // The first byte holds so many bits less.
  uint32_t code = first & (0xffU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80)
      return {first};
    code = code << 6U | (next & 0x3fU);
  }
  constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  auto surrogate = code >= 0xd800 && code < 0xe000;
  if (code < smallest[length] || surrogate || code > 0x10ffff)
    return {first};
  return {code, length, true};
}

struct range {
  uint32_t first;
  uint32_t last;
};

// Controls (C0, DEL, C1), the separators of lines and paragraphs, annotations,
// and all that Unicode calls Default_Ignorable_Code_Point: zero-width, bidi,
// fillers, variation selectors, tags. In order.
constexpr range hidden[] = {
  {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},
  {0x061c, 0x061c},   {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
  {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
  {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool is_hidden(uint32_t code) noexcept {
  if (code >= 0x20 && code < 0x7f)
    return false;
  const auto* at = std::lower_bound(std::begin(hidden), std::end(hidden), code,
                                    [](const range& x, uint32_t wanted) {
                                      return x.last < wanted;
                                    });
  return at != std::end(hidden) && at->first <= code;
}

bool shows(const character& x) noexcept {
  return x.valid && !is_hidden(x.code);
}

void add_digits(std::string& out, char kind, uint32_t code, int digits) {
  out += '\\';
  out += kind;
  while (--digits >= 0)
    out
      += "0123456789abcdef"[code >> 4U * static_cast<unsigned>(digits) & 0xfU];
}

void spell(std::string& out, const character& x) {
  if (!x.valid || x.code < 0x20) {
    constexpr std::string_view named = "\n\t\r";
    auto pos = named.find(static_cast<char>(x.code));
    if (x.valid && pos != std::string_view::npos)
      out.append({'\\', "ntr"[pos]});
    else
      add_digits(out, 'x', x.code, 2);
  } else if (x.code < 0x10000) {
    add_digits(out, 'u', x.code, 4);
  } else {
    auto rest = x.code - 0x10000;
    add_digits(out, 'u', 0xd800 + (rest >> 10U), 4);
    add_digits(out, 'u', 0xdc00 + (rest & 0x3ffU), 4);
  }
}

} // namespace

std::string printable(std::string_view text, size_t limit) {
  std::string result;
  result.reserve(std::min(text.size(), limit));
  for (size_t at = 0; at < text.size();) {
    auto rest = text.substr(at);
    auto next = read(rest);
    if (next.bytes > limit - at)
      return result + "...";
    if (shows(next))
      result.append(rest.substr(0, next.bytes));
    else
      spell(result, next);
    at += next.bytes;
  }
  return result;
}

std::string printable_lines(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto end = std::min(text.find_first_of("\n\t"), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(end);
    // Devices end their lines with CR LF.
    if (!part.empty() && part.back() == '\r' && text.substr(0, 1) == "\n")
      part.remove_suffix(1);
    result += printable(part);
    if (!text.empty()) {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

bool is_printable(std::string_view text) noexcept {
  while (!text.empty()) {
    auto next = read(text);
    if (!shows(next))
      return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

std::string check_name(std::string_view name) {
  auto quoted = [](std::string_view text) {
    constexpr size_t enough = 80;
    return "'" + printable(text, enough) + "'";
  };
  if (name.size() > max_name)
    return "is longer than " + std::to_string(max_name)
           + " bytes: " + quoted(name);
  if (!is_printable(name))
    return "has a character that cannot be shown: " + quoted(name);
  if (!name.empty() && (name.front() == ' ' || name.back() == ' '))
    return "begins or ends with a blank: " + quoted(name);
  return {};
}

} // namespace tieline
