#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/error.hpp>
#include <caf/timestamp.hpp>

#include <cstdint>
#include <string_view>

namespace tieline {

/// Where a connection is in its life.
enum class connection_state : uint8_t {
  /// No session. The next open makes one.
  closed,
  /// A session is being opened.
  opening,
  /// A session is up.
  open,
  /// Waiting before the next attempt.
  backoff,
  /// The session is being closed for good.
  closing,
};

template <>
struct names_of<connection_state> {
  static constexpr std::string_view values[] = {"closed", "opening", "open",
                                                "backoff", "closing"};
};

/// A connection as it is now.
struct connection_status {
  connection_key key;
  connection_state state = connection_state::closed;
  /// When it came into this state.
  caf::timestamp since;
  /// Attempts to open a session, ever; zero: never tried.
  uint64_t attempts = 0;
  /// Why the last attempt failed or the last session ended; empty after a
  /// success.
  caf::error last_error;
  /// Callers that wait for the session to open.
  uint64_t waiting = 0;
  /// Requests that wait for the session to open.
  uint64_t queued = 0;
  /// Requests that the session works on.
  uint64_t in_flight = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_status& x) {
    return f.object(x).fields(
      f.field("key", x.key), f.field("state", x.state),
      f.field("since", x.since), f.field("attempts", x.attempts),
      f.field("last_error", x.last_error), f.field("waiting", x.waiting),
      f.field("queued", x.queued), f.field("in_flight", x.in_flight));
  }
};

} // namespace tieline
