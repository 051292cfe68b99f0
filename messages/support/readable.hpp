#pragma once

#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>

#include <string>

namespace tieline {

/// Returns a time for people, rounded down to what they care about: `350ms`,
/// `12.3s`, `4min 5s`, `2h 10min`, `3d 4h`. Less than nothing is `0s`.
std::string readable(caf::timespan x);

/// Returns a moment for people, in UTC and to the second:
/// `2026-01-31T03:00:00Z`.
std::string readable(caf::timestamp x);

} // namespace tieline
