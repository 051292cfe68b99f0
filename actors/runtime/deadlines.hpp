#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace tieline {

/// The deadlines of one actor's pending work, by id.
class deadlines {
public:
  using time_point = std::chrono::steady_clock::time_point;

  void add(time_point when, uint64_t id) {
    pending_.emplace(when, id);
  }

  void remove(time_point when, uint64_t id) {
    pending_.erase({when, id});
  }

  /// Takes out the id whose deadline passed first, if one has by `now`.
  std::optional<uint64_t> expired(time_point now) {
    if (pending_.empty() || pending_.begin()->first > now)
      return std::nullopt;
    auto id = pending_.begin()->second;
    pending_.erase(pending_.begin());
    return id;
  }

  /// Returns the earliest deadline.
  std::optional<time_point> next() const {
    if (pending_.empty())
      return std::nullopt;
    return pending_.begin()->first;
  }

private:
  std::set<std::pair<time_point, uint64_t>> pending_;
};

} // namespace tieline
