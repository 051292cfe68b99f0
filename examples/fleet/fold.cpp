#include "fleet/fold.hpp"

#include "tieline/messages/support/ascii.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace fleet {

namespace {

/// A name cut at its numbers: `r1.dc2` is {"r", "1", ".dc", "2", ""}.
using parts = std::vector<std::string>;

parts split(const std::string& name) {
  // Longer numbers do not fit an integer; they stay text.
  constexpr size_t max_digits = 18;
  parts result{""};
  for (size_t i = 0; i < name.size();) {
    auto j = i;
    while (j < name.size()
           && tieline::is_digit(name[j]) == tieline::is_digit(name[i]))
      ++j;
    auto piece = name.substr(i, j - i);
    if (tieline::is_digit(name[i]) && piece.size() <= max_digits) {
      result.push_back(std::move(piece));
      result.emplace_back();
    } else {
      result.back() += piece;
    }
    i = j;
  }
  return result;
}

std::string join(const parts& xs, size_t first, size_t last) {
  std::string result;
  for (auto i = first; i < last; ++i)
    result += xs[i];
  return result;
}

bool number_less(const std::string& x, const std::string& y) {
  return std::pair{std::stoull(x), x.size()}
         < std::pair{std::stoull(y), y.size()};
}

/// Returns `x` plus one, at least as wide: 9 gives 10, 09 gives 10, 01 gives
/// 02.
std::string next_number(const std::string& x) {
  auto result = std::to_string(std::stoull(x) + 1);
  if (result.size() < x.size())
    result.insert(0, x.size() - result.size(), '0');
  return result;
}

/// Returns `1-3,7` for sorted numbers.
std::string ranges(const std::vector<std::string>& numbers) {
  std::string result;
  for (size_t i = 0; i < numbers.size();) {
    auto j = i;
    while (j + 1 < numbers.size() && numbers[j + 1] == next_number(numbers[j]))
      ++j;
    if (!result.empty())
      result += ',';
    result += numbers[i];
    if (j > i)
      result += '-' + numbers[j];
    i = j + 1;
  }
  return result;
}

/// The text before and after the number that varies, and its values.
using groups
  = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

groups group_by(const std::vector<parts>& names, size_t varying) {
  groups result;
  for (auto& name : names)
    result[{join(name, 0, varying), join(name, varying + 1, name.size())}]
      .push_back(name[varying]);
  return result;
}

} // namespace

std::string fold(const std::vector<std::string>& names) {
  // Names of one shape have the same texts around their numbers.
  std::map<parts, std::vector<parts>> shapes;
  for (auto& name : std::set<std::string>{names.begin(), names.end()}) {
    auto all = split(name);
    parts shape;
    for (size_t i = 0; i < all.size(); i += 2)
      shape.push_back(all[i]);
    shapes[std::move(shape)].push_back(std::move(all));
  }
  std::string result;
  auto append = [&result](const std::string& text) {
    if (!result.empty())
      result += ',';
    result += text;
  };
  for (auto& [shape, members] : shapes) {
    if (shape.size() == 1) {
      append(shape.front());
      continue;
    }
    auto best = group_by(members, 1);
    for (size_t i = 3; i < members.front().size(); i += 2)
      // Of equal ones the last: r1.s1, r1.s2 count along the site.
      if (auto other = group_by(members, i); other.size() <= best.size())
        best = std::move(other);
    for (auto& [around, numbers] : best) {
      std::sort(numbers.begin(), numbers.end(), number_less);
      append(numbers.size() == 1
               ? around.first + numbers.front() + around.second
               : around.first + '[' + ranges(numbers) + ']' + around.second);
    }
  }
  return result;
}

} // namespace fleet
