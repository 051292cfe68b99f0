#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/errc.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/error.hpp>
#include <caf/timestamp.hpp>

#include <cstdint>
#include <map>
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

/// A standing order of an operator to a connection.
enum class hold : uint8_t {
  none,
  /// Starts nothing new until it is resumed. New requests wait.
  paused,
  /// Completes the work that it has accepted, then closes the session. New
  /// requests are refused.
  draining,
};

template <>
struct names_of<hold> {
  static constexpr std::string_view values[] = {"none", "paused", "draining"};
};

/// The state of a connection at the moment of the answer.
struct connection_status {
  connection_key key;
  connection_state state = connection_state::closed;
  /// The step that an open under way has reached; `none`: none is under way.
  step reached = step::none;
  /// When the connection entered this state.
  caf::timestamp since;
  hold held = hold::none;
  /// How often its params were set or changed. Zero: it has none yet.
  uint64_t epoch = 0;
  /// Attempts to open a session since the connection was made.
  uint64_t attempts = 0;
  /// Why the last attempt failed or the last session ended. Empty after a
  /// success.
  caf::error last_error;
  /// Callers that wait for the session to open.
  uint64_t waiting = 0;
  /// Requests that wait for the session to open.
  uint64_t queued = 0;
  /// Requests that the session is running.
  uint64_t in_flight = 0;
  /// The name of the node that has the connection; empty if it has no name.
  std::string node;

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_status& x) {
    return f.object(x).fields(
      f.field("key", x.key), f.field("state", x.state),
      f.field("reached", x.reached), f.field("since", x.since),
      f.field("held", x.held), f.field("epoch", x.epoch),
      f.field("attempts", x.attempts), f.field("last_error", x.last_error),
      f.field("waiting", x.waiting), f.field("queued", x.queued),
      f.field("in_flight", x.in_flight), f.field("node", x.node));
  }
};

/// How many connections are in which state.
struct connection_summary {
  uint64_t total = 0;
  /// By state; states that none is in are left out.
  std::map<connection_state, uint64_t> states;
  /// By what an operator holds back; `none` is left out.
  std::map<hold, uint64_t> held;
  /// By the code of the last error; those without one are left out.
  std::map<errc, uint64_t> errors;
  /// Requests that wait, and that run, of all together.
  uint64_t queued = 0;
  uint64_t in_flight = 0;

  /// Counts one more connection.
  void add(const connection_status& x);

  /// Counts those that another summary has counted.
  void add(const connection_summary& x);

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_summary& x) {
    return f.object(x).fields(
      f.field("total", x.total), f.field("states", x.states),
      f.field("held", x.held), f.field("errors", x.errors),
      f.field("queued", x.queued), f.field("in_flight", x.in_flight));
  }
};

} // namespace tieline
