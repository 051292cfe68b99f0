#pragma once

#include <tieline/messages/connection_status.hpp>

#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>

#include <utility>

namespace fleet {

/// A connection as it was at some moment.
struct status_row {
  tieline::connection_status status;
  /// How long it had been in its state.
  caf::timespan age{0};
};

/// Returns a connection as it is now.
inline status_row row_of(tieline::connection_status status) {
  auto age = caf::make_timestamp() - status.since;
  return {std::move(status), age};
}

} // namespace fleet
