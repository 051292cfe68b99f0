#include "tieline/messages/support/text.hpp"

#include "tieline/messages/support/printable.hpp"

#include <algorithm>
#include <system_error>

namespace tieline {

std::string counted(uint64_t n, std::string_view noun) {
  auto result = std::to_string(n) + ' ';
  result += noun;
  return n == 1 ? result : result + 's';
}

std::string in_quotes(std::string_view text, size_t limit) {
  return "'" + printable(text, limit) + "'";
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size()
         && text.substr(text.size() - end.size()) == end;
}

std::string errno_message(int code) {
  return std::generic_category().message(code);
}

std::string dashed(std::string_view name) {
  std::string result{name};
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

} // namespace tieline
