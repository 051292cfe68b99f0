#include "tieline/transports/cli/platform.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace tieline::cli {

std::optional<span> prompt_rule::find_at_end(std::string_view text,
                                             pattern::start at) const {
  auto found = look.find_at_end(text, at);
  if (!found)
    return std::nullopt;
  auto prompt = text.substr(found->begin, found->end - found->begin);
  for (const auto& x : excludes)
    if (prompt.find(x) != std::string_view::npos)
      return std::nullopt;
  return found;
}

const mode* platform::find(std::string_view mode_name) const {
  auto pos = std::find_if(modes.begin(), modes.end(),
                          [&](const mode& x) { return x.name == mode_name; });
  return pos == modes.end() ? nullptr : &*pos;
}

std::optional<std::vector<const way*>>
find_route(const platform& where, std::string_view from, std::string_view to) {
  const auto* first = where.find(from);
  const auto* last = where.find(to);
  if (first == nullptr || last == nullptr)
    return std::nullopt;
  // Breadth first; each mode with the way that led to it.
  std::map<const mode*, std::pair<const mode*, const way*>> came{{first, {}}};
  std::deque<const mode*> open{first};
  while (!open.empty() && came.count(last) == 0) {
    const auto* here = open.front();
    open.pop_front();
    for (const auto& x : here->ways)
      if (const auto* next = where.find(x.to);
          next != nullptr && came.emplace(next, std::pair{here, &x}).second)
        open.push_back(next);
  }
  if (came.count(last) == 0)
    return std::nullopt;
  std::vector<const way*> result;
  for (const auto* here = last; here != first; here = came[here].first)
    result.push_back(came[here].second);
  std::reverse(result.begin(), result.end());
  return result;
}

std::optional<prompt_match>
find_prompt(const platform& where, std::string_view text, pattern::start at,
            std::string_view believed) {
  if (const auto* here = where.find(believed))
    if (auto found = here->prompt.find_at_end(text, at))
      return prompt_match{found->begin, here->name};
  for (const auto& x : where.modes)
    if (auto found = x.prompt.find_at_end(text, at))
      return prompt_match{found->begin, x.name};
  if (auto found = where.any_prompt.find_at_end(text, at))
    return prompt_match{found->begin, {}};
  return std::nullopt;
}

} // namespace tieline::cli
