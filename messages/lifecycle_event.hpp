#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/error.hpp>
#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// The kinds of events that listeners receive.
enum class event_kind : uint8_t {
  /// An attempt to open a session begins; `span`: the wait before it.
  opening,
  /// A session is up; `span`: the duration of the attempt.
  opened,
  /// An attempt failed because of `reason`; `span`: its duration.
  open_failed,
  /// The next attempt begins after `span`.
  backoff,
  /// A session was lost because of `reason`; `span`: how long it was up.
  lost,
  /// A session is being replaced by one with newer params.
  rotated,
  /// A session was closed to save resources; `detail`: why; `span`: how long it
  /// was up.
  evicted,
  /// A connection was closed for good.
  closed,
  paused,
  resumed,
  /// A connection takes no new work and completes the work it has accepted.
  draining,
  /// A draining connection has completed its work and closed its session.
  drained,
  /// An operator dropped the session.
  killed,
  /// A request has run for `span`; `detail`: the actor that sent it.
  long_hold,
  /// A request has waited for `span`; `detail`: the actor that sent it.
  long_wait,
  /// A request was refused because of `reason`.
  overloaded,
  /// A host failed too often. It is left alone for `span`.
  circuit_opened,
  /// A host is no longer left alone.
  circuit_closed,
  /// Logins with a credential are stopped because of `reason`.
  credential_stopped,
  /// Logins with a credential are allowed again.
  credential_cleared,
  /// The transport of a session that is up has something to tell people;
  /// `detail`: what.
  notice,
};

template <>
struct names_of<event_kind> {
  static constexpr std::string_view values[] = {
    "opening",
    "opened",
    "open_failed",
    "backoff",
    "lost",
    "rotated",
    "evicted",
    "closed",
    "paused",
    "resumed",
    "draining",
    "drained",
    "killed",
    "long_hold",
    "long_wait",
    "overloaded",
    "circuit_opened",
    "circuit_closed",
    "credential_stopped",
    "credential_cleared",
    "notice",
  };
};

/// One event in the life of a connection.
struct lifecycle_event {
  connection_key key;
  event_kind what = event_kind::opening;
  caf::error reason;
  std::string detail;
  caf::timespan span{0};
  caf::timestamp at = caf::make_timestamp();
  /// How many events before this one the listener lost because it was slow.
  uint64_t missed = 0;
  /// The name of the node where it happened; empty if the node has no name.
  std::string node;

  template <class Inspector>
  friend bool inspect(Inspector& f, lifecycle_event& x) {
    return f.object(x).fields(f.field("key", x.key), f.field("what", x.what),
                              f.field("reason", x.reason),
                              f.field("detail", x.detail),
                              f.field("span", x.span), f.field("at", x.at),
                              f.field("missed", x.missed),
                              f.field("node", x.node));
  }
};

/// Returns the event as one line for people, without its time, e.g.
/// `ssh://r1: lost after 3.2 s: connection lost (session): the peer is gone`.
std::string describe(const lifecycle_event& x);

} // namespace tieline
