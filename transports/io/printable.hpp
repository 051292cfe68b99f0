#pragma once

#include <string>
#include <string_view>

namespace tieline::io {

/// Returns what a peer or library said as one line that is safe to print.
inline std::string printable(std::string_view text) {
  constexpr size_t max_length = 500;
  std::string result{text.substr(0, max_length)};
  for (auto& c : result)
    if (c < ' ' || c > '~')
      c = c == '\n' || c == '\r' ? ' ' : '?';
  if (text.size() > max_length)
    result += "...";
  return result;
}

} // namespace tieline::io
