#pragma once

#include "tieline/messages/support/jitter.hpp"

#include <caf/timespan.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tieline {

/// How long to wait before the next attempt after failures in a row: at first,
/// then twice as long each time, and at most.
struct backoff {
  caf::timespan first;
  caf::timespan longest;
  /// Per cent by which each wait is longer or shorter at random. It comes last,
  /// so that those who have all reached the longest wait do not come back in
  /// step either.
  uint64_t jitter = 20;

  /// @param strikes failures in a row before the one that is followed by this
  ///        wait: zero for the first wait
  /// @param random01 a random number from 0 (shortest) to 1 (longest)
  caf::timespan wait(uint64_t strikes, double random01) const {
    // More doublings than that take any time beyond the longest.
    auto doublings = static_cast<int>(std::min(strikes, uint64_t{64}));
    auto wait = std::min(scaled(first, std::ldexp(1.0, doublings)), longest);
    return jittered(wait, jitter, 2 * random01 - 1);
  }

  caf::timespan wait(uint64_t strikes) const {
    return wait(strikes, random01());
  }
};

} // namespace tieline
