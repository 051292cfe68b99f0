#include "tieline/messages/support/text.hpp"

#include <algorithm>

namespace tieline {

std::string counted(uint64_t n, std::string_view noun) {
  auto result = std::to_string(n) + ' ';
  result += noun;
  return n == 1 ? result : result + 's';
}

std::string quoted(std::string_view text, size_t limit) {
  std::string result = "'";
  for (auto c : text.substr(0, limit))
    result += c >= ' ' && c <= '~' ? c : '.';
  return result + (text.size() > limit ? "...'" : "'");
}

std::string dashed(std::string_view name) {
  std::string result{name};
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

} // namespace tieline
