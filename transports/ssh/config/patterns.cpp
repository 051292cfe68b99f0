#include "tieline/transports/ssh/config/patterns.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace tieline::ssh {

std::string lower_case(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t n = 0;
  auto star = std::string_view::npos;
  size_t star_text = 0;
  while (n < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[n])
        && pattern[p] != '*') {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

list_verdict match_list(std::string_view patterns, std::string_view text) {
  auto result = list_verdict::no_match;
  while (!patterns.empty()) {
    auto pattern = patterns.substr(0, patterns.find(','));
    patterns.remove_prefix(std::min(pattern.size() + 1, patterns.size()));
    auto negated = !pattern.empty() && pattern.front() == '!';
    if (negated)
      pattern.remove_prefix(1);
    if (!matches_pattern(pattern, text))
      continue;
    if (negated)
      return list_verdict::negated;
    result = list_verdict::match;
  }
  return result;
}

} // namespace tieline::ssh
