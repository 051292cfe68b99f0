#pragma once

#include <caf/timespan.hpp>

#include <algorithm>
#include <cstdint>
#include <random>

namespace tieline {

/// Returns a random number from 0 to 1.
inline double random01() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(engine);
}

/// Returns `x` times `factor`: from nothing to the longest timespan there is,
/// never beyond.
inline caf::timespan scaled(caf::timespan x, double factor) {
  constexpr auto longest = caf::timespan::max();
  auto ticks = static_cast<double>(x.count()) * factor;
  // Written this way round for a NaN to be nothing.
  if (!(ticks > 0))
    return caf::timespan{0};
  if (ticks >= static_cast<double>(longest.count()))
    return longest;
  return caf::timespan{static_cast<caf::timespan::rep>(ticks)};
}

/// Returns `x` made longer (`lean` above zero) or shorter by `per_cent` of it
/// times `lean`, which is from -1 to 1.
inline caf::timespan jittered(caf::timespan x, uint64_t per_cent, double lean) {
  auto most = static_cast<double>(std::min(per_cent, uint64_t{100})) / 100;
  return scaled(x, 1 + most * lean);
}

} // namespace tieline
