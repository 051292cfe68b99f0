#pragma once

#include "support/actors/managed.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline::test {

/// What costs more the more keys there are takes longer than a suite may.
constexpr uint64_t many = 100'000;

inline settings for_many() {
  auto result = plain();
  result.max_sessions = 10 * many;
  result.max_opening = 1'000'000;
  result.max_opening_per_credential = 1'000'000;
  return result;
}

/// Returns so many keys of the plugin `loopback`, with params.
inline std::vector<open_item> many_items() {
  std::vector<open_item> result;
  for (uint64_t i = 0; i < many; ++i)
    result.push_back(
      {{"r" + std::to_string(i), "loopback"}, params_for("admin")});
  return result;
}

inline uint64_t opened(const std::vector<open_outcome>& all) {
  return static_cast<uint64_t>(
    std::count_if(all.begin(), all.end(), [](const auto& x) {
      return x.connection.has_value() && !x.error;
    }));
}

} // namespace tieline::test
