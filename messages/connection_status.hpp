#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/error.hpp>
#include <caf/timestamp.hpp>

#include <cstdint>
#include <string>
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
  /// The session is being closed.
  closing,
};

template <>
struct names_of<connection_state> {
  static constexpr std::string_view values[] = {"closed", "opening", "open",
                                                "backoff", "closing"};
};

/// What an operator has told a connection.
enum class hold : uint8_t {
  none,
  /// Starts nothing new until it is resumed; what comes waits.
  paused,
  /// Ends what it has accepted, then closes the session; what comes is refused.
  draining,
};

template <>
struct names_of<hold> {
  static constexpr std::string_view values[] = {"none", "paused", "draining"};
};

/// A connection as it is now.
struct connection_status {
  connection_key key;
  connection_state state = connection_state::closed;
  /// When it came into this state.
  caf::timestamp since;
  hold held = hold::none;
  /// How often its params have changed, the first included; zero: none yet.
  uint64_t epoch = 0;
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
  /// The name of the node it is on, if that has one.
  std::string node;

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_status& x) {
    return f.object(x).fields(
      f.field("key", x.key), f.field("state", x.state),
      f.field("since", x.since), f.field("held", x.held),
      f.field("epoch", x.epoch), f.field("attempts", x.attempts),
      f.field("last_error", x.last_error), f.field("waiting", x.waiting),
      f.field("queued", x.queued), f.field("in_flight", x.in_flight),
      f.field("node", x.node));
  }
};

} // namespace tieline
