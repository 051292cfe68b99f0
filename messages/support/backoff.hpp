#pragma once

#include "tieline/actors/policy.hpp"
#include "tieline/messages/support/jitter.hpp"

#include <caf/timespan.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tieline {

/// Returns how long to wait before the next attempt: `backoff` doubled with
/// each strike up to `backoff_max`, then `backoff_jitter` per cent longer or
/// shorter. The jitter comes last, so that hosts that have all reached the
/// longest wait do not come back in step either.
/// @param strikes what went wrong in a row before: zero for the first wait.
/// @param random01 a random number from 0 (shortest) to 1 (longest).
inline caf::timespan delay(const policy& x, uint64_t strikes, double random01) {
  // More doublings than that take any time beyond the longest.
  auto doublings = static_cast<int>(std::min(strikes, uint64_t{64}));
  auto wait = std::min(scaled(x.backoff, std::ldexp(1.0, doublings)),
                       x.backoff_max);
  return jittered(wait, x.backoff_jitter, 2 * random01 - 1);
}

} // namespace tieline
