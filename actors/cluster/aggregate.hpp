#pragma once

#include "tieline/messages/connection_counters.hpp"
#include "tieline/messages/connection_status.hpp"
#include "tieline/messages/explanation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

// How the answers of all nodes become one.

namespace tieline {

inline void merge(bool& all, bool one) {
  all = all || one;
}

inline void merge(uint64_t& all, uint64_t one) {
  all += one;
}

inline void merge(connection_counters& all, const connection_counters& one) {
  all.create_calls += one.create_calls;
  all.open_calls += one.open_calls;
  all.close_calls += one.close_calls;
  all.open_failures += one.open_failures;
  all.losses += one.losses;
  all.evictions += one.evictions;
}

inline void merge(counters_snapshot& all, const counters_snapshot& one) {
  for (const auto& [name, counters] : one)
    merge(all[name], counters);
}

inline void merge(std::optional<connection_counters>& all,
                  const std::optional<connection_counters>& one) {
  if (!one)
    return;
  if (!all)
    all.emplace();
  merge(*all, *one);
}

inline void merge(std::vector<connection_status>& all,
                  std::vector<connection_status>& one) {
  auto middle = static_cast<std::ptrdiff_t>(all.size());
  std::move(one.begin(), one.end(), std::back_inserter(all));
  std::inplace_merge(all.begin(), all.begin() + middle, all.end(),
                     [](auto& x, auto& y) { return x.key < y.key; });
}

inline void merge(connection_summary& all, const connection_summary& one) {
  all.add(one);
}

inline void merge(std::vector<explanation>& all,
                  std::vector<explanation>& one) {
  auto middle = static_cast<std::ptrdiff_t>(all.size());
  std::move(one.begin(), one.end(), std::back_inserter(all));
  std::inplace_merge(all.begin(), all.begin() + middle, all.end(),
                     [](auto& x, auto& y) {
                       return x.status.key < y.status.key;
                     });
}

} // namespace tieline
