#pragma once

#include <caf/timestamp.hpp>

#include <optional>
#include <string_view>

namespace tieline::netconf {

/// Returns the time that a `date-and-time` tells (RFC 3339, RFC 6991), such as
/// `2026-01-31T03:00:00.5+01:00`, or none if it is none or not between 1700 and
/// 2200. A leap second is the first of the next minute.
std::optional<caf::timestamp> parse_date_time(std::string_view text);

} // namespace tieline::netconf
