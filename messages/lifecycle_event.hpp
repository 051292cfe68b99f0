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

/// What subscribers are told of.
enum class event_kind : uint8_t {
  /// An attempt to open a session begins; `span`: what was waited before.
  opening,
  /// A session is up; `span`: the attempt's time.
  opened,
  /// An attempt failed, by `reason`; `span`: the attempt's time.
  open_failed,
  /// The next attempt is `span` away.
  backoff,
  /// A session ended by itself, by `reason`; `span`: its life.
  lost,
  /// A session is replaced by one with newer params.
  rotated,
  /// A session is closed; `detail`: why; `span`: its life.
  evicted,
  /// A connection is closed for good.
  closed,
  paused,
  resumed,
  /// A connection takes no new work.
  draining,
  /// A draining connection has ended all it had accepted.
  drained,
  /// An operator has dropped the session.
  killed,
  /// A request has run for `span`; `detail`: the actor that asked.
  long_hold,
  /// A request has waited for `span`; `detail`: the actor that asked.
  long_wait,
  /// A request was refused, by `reason`.
  overloaded,
  /// A host failed too often and is left alone for `span`.
  circuit_opened,
  /// A host is well again.
  circuit_closed,
  /// Logins with a credential are held back, by `reason`.
  credential_stopped,
  /// They are not any more.
  credential_cleared,
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
  };
};

/// One step in the life of a connection, for those who watch.
struct lifecycle_event {
  connection_key key;
  event_kind what = event_kind::opening;
  caf::error reason;
  std::string detail;
  caf::timespan span{0};
  caf::timestamp at = caf::make_timestamp();
  /// Events that this subscriber has lost before this one, for being slow.
  uint64_t missed = 0;
  /// The name of the node it happened on, if that has one.
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

} // namespace tieline
