#include "tieline/transports/http/challenge.hpp"

#include "tieline/transports/http/call.hpp"

#include <algorithm>
#include <utility>

namespace tieline::http {

namespace {

// Nobody reads more of them.
constexpr size_t most_schemes = 10;

/// Goes behind a quoted string.
void skip_quoted(std::string_view& text) {
  size_t pos = 1;
  while (pos < text.size() && text[pos] != '"')
    pos += text[pos] == '\\' ? 2 : 1;
  text.remove_prefix(std::min(pos + 1, text.size()));
}

} // namespace

std::vector<std::string> offered_schemes(std::string_view challenges) {
  constexpr std::string_view ends = " \t,=\"";
  std::vector<std::string> result;
  // What may be a scheme follows a comma, or is the first.
  auto at_begin = true;
  while (!challenges.empty() && result.size() < most_schemes) {
    auto c = challenges.front();
    if (c == '"') {
      skip_quoted(challenges);
      continue;
    }
    if (ends.find(c) != std::string_view::npos) {
      at_begin = at_begin || c == ',';
      challenges.remove_prefix(1);
      continue;
    }
    auto end = std::min(challenges.find_first_of(ends), challenges.size());
    auto word = challenges.substr(0, end);
    challenges.remove_prefix(end);
    auto next = challenges.find_first_not_of(" \t");
    auto is_parameter = next != std::string_view::npos
                        && challenges[next] == '=';
    if (std::exchange(at_begin, false) && !is_parameter && is_token(word)
        && !offers(result, word))
      result.emplace_back(word);
  }
  return result;
}

bool offers(const std::vector<std::string>& schemes, std::string_view name) {
  return std::any_of(schemes.begin(), schemes.end(),
                     [&](const auto& x) { return lower(x) == lower(name); });
}

std::string describe_offer(const std::vector<std::string>& schemes) {
  if (schemes.empty())
    return "it offers no way to log in";
  std::string result;
  for (const auto& x : schemes)
    result += (result.empty() ? "it offers " : ", ") + x;
  return result;
}

} // namespace tieline::http
