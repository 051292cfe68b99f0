#include "fleet/limit.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <stdexcept>

namespace fleet {

namespace {

bool glob_matches(const std::string& glob, const host& x) {
  auto match = [&glob](const std::string& name) {
    return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  };
  return match(x.name) || std::any_of(x.groups.begin(), x.groups.end(), match);
}

bool any_matches(const std::vector<std::string>& globs, const host& x) {
  return std::any_of(globs.begin(), globs.end(),
                     [&x](auto& glob) { return glob_matches(glob, x); });
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

limit::limit(std::string_view text) {
  for (size_t begin = 0; begin <= text.size();) {
    auto end = std::min(text.find(',', begin), text.size());
    auto glob = trim(text.substr(begin, end - begin));
    auto exclude = !glob.empty() && glob.front() == '!';
    if (exclude)
      glob = trim(glob.substr(1));
    if (glob.empty())
      throw std::invalid_argument{"an empty pattern in '" + std::string{text}
                                  + "'"};
    (exclude ? excluded_ : included_).emplace_back(glob);
    begin = end + 1;
  }
}

bool limit::matches(const host& x) const {
  return (included_.empty() || any_matches(included_, x))
         && !any_matches(excluded_, x);
}

std::vector<std::string> limit::unused(const std::vector<host>& hosts) const {
  std::vector<std::string> result;
  for (auto* globs : {&included_, &excluded_})
    for (auto& glob : *globs)
      if (std::none_of(hosts.begin(), hosts.end(),
                       [&](auto& x) { return glob_matches(glob, x); }))
        result.push_back(glob);
  return result;
}

} // namespace fleet
