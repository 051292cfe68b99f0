#pragma once

#include "tieline/messages/named_enum.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// What a subscription to a device's events tells.
enum class notification_kind : uint8_t {
  /// The device has told something.
  event,
  /// Something that the device told, or may have told, is lost.
  gap,
  /// All of the past that was asked for has been told.
  replay_complete,
  /// The subscription is over; it says why.
  end,
};

template <>
struct names_of<notification_kind> {
  static constexpr std::string_view values[] = {"event", "gap",
                                                "replay_complete", "end"};
};

/// One notice of a subscription.
struct notification {
  notification_kind what = notification_kind::event;
  /// When it happened by the device's clock (RFC 3339), if it said so.
  std::string event_time;
  /// The event as the device sent it: for `netconf` the whole element
  /// `<notification>` (RFC 5277).
  std::string body;
  /// Of a gap: how many events; zero: not known.
  uint64_t missed = 0;
  /// Of a gap or an end: why.
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

/// Is told what a device tells, one after the other: the next one comes when
/// the last is answered.
using notification_sink = caf::typed_actor<caf::result<void>(notification)>;

/// Passes the events of a device on to any number of sinks, from the moment
/// each subscribes.
using subscription_actor = caf::typed_actor<
  // Tells the sink all that comes, until it ends or unsubscribes.
  caf::result<void>(caf::subscribe_atom, notification_sink),
  // Tells it no more; answers whether it was told.
  caf::result<bool>(caf::unsubscribe_atom, notification_sink)>;

} // namespace tieline
