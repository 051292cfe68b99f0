#pragma once

#include <tieline/messages/connection_status.hpp>

#include <caf/timespan.hpp>

#include <string>
#include <vector>

namespace fleet {

/// A connection as it was at some moment.
struct status_row {
  tieline::connection_status status;
  /// How long it had been in its state.
  caf::timespan age{0};
};

/// Returns a connection as it is now.
status_row row_of(tieline::connection_status status);

/// Returns a line for each connection, ordered by host, and one that counts
/// them by state: `1 open, 2 opening, 0 backoff, 5 closed`.
std::string status_table(std::vector<status_row> rows);

} // namespace fleet
