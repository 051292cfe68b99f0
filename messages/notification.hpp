#pragma once

#include "tieline/messages/named_enum.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// The kinds of notifications of a subscription.
enum class notification_kind : uint8_t {
  /// The device sent an event.
  event,
  /// Events are lost, or may be lost.
  gap,
  /// The replay of past events is complete.
  replay_complete,
  /// The subscription has ended; `reason` says why.
  end,
};

template <>
struct names_of<notification_kind> {
  static constexpr std::string_view values[] = {"event", "gap",
                                                "replay_complete", "end"};
};

/// One message of a subscription to its sinks.
struct notification {
  notification_kind what = notification_kind::event;
  /// The time of the event by the clock of the device (RFC 3339); empty if the
  /// device sent none.
  std::string event_time;
  /// The event as the device sent it: for `netconf` the whole element
  /// `<notification>` (RFC 5277).
  std::string body;
  /// Of a gap: the number of lost events. Zero: not known.
  uint64_t missed = 0;
  /// Of a gap or an end: the cause.
  caf::error reason;

  template <class Inspector>
  friend bool inspect(Inspector& f, notification& x) {
    return f.object(x).fields(f.field("what", x.what),
                              f.field("event_time", x.event_time),
                              f.field("body", x.body),
                              f.field("missed", x.missed),
                              f.field("reason", x.reason));
  }
};

/// Receives the notifications of a device in order. The next one comes when the
/// previous one is answered.
using notification_sink = caf::typed_actor<caf::result<void>(notification)>;

/// Passes the events of a device on to any number of sinks. Each sink receives
/// the events from the moment of its subscription.
using subscription_actor = caf::typed_actor<
  // Sends the sink all further notifications, until it ends or unsubscribes.
  caf::result<void>(caf::subscribe_atom, notification_sink),
  // Sends the sink nothing more. Answers whether it was subscribed.
  caf::result<bool>(caf::unsubscribe_atom, notification_sink)>;

} // namespace tieline
