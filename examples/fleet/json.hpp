#pragma once

#include "fleet/recap.hpp"
#include "fleet/result.hpp"

#include <string>

namespace fleet {

/// Returns a result as an object on one line: host, status, then exit_status,
/// output and error_output of a command that ran, or error. If it was
/// explained, `explanation` has what tieline::explanation has of the connection
/// and of its admission. Times are in seconds. Bytes that are not UTF-8 become
/// U+FFFD, since JSON knows no other text (RFC 8259, section 8.1).
std::string to_json(const host_result& x);

/// Returns a recap as `{"recap":{...}}` on one line.
std::string to_json(const recap& x);

} // namespace fleet
