#pragma once

#include <caf/timestamp.hpp>

#include <optional>
#include <string_view>

namespace tieline::netconf {

/// Reads a date-and-time of YANG (RFC 6991, 3), e.g.
/// `2026-01-31T03:00:00.25+01:00`; none if it is not one. More than nine digits
/// of a fraction are cut off.
std::optional<caf::timestamp> parse_date_and_time(std::string_view text);

} // namespace tieline::netconf
