#pragma once

#include "fleet/status_row.hpp"

#include <string>
#include <vector>

namespace fleet {

/// Returns a line for each connection, ordered by host, and a last line with
/// their number by state: `1 open, 2 opening, 0 backoff, 5 closed`.
std::string status_table(std::vector<status_row> rows);

} // namespace fleet
