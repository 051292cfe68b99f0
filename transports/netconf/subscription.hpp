#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <cstddef>
#include <string>

namespace tieline {

/// What a subscription requests from a device, and how it treats slow sinks and
/// lost sessions.
struct netconf_subscription_options {
  /// Name of the event stream. Empty: the default of the device (`NETCONF`).
  std::string stream;
  /// A subtree filter, as XML. Empty: none.
  std::string filter;
  /// The time from which past events are replayed (RFC 3339). Empty: only new
  /// events.
  std::string start_time;
  /// How many notifications may wait for one sink. While that many wait, the
  /// device is held back.
  size_t queue_limit = 1000;
  /// For how long a slow sink may hold the device back. After that the
  /// notifications that wait for this sink are dropped, and it is told how
  /// many.
  caf::timespan patience = std::chrono::seconds{5};
  /// The wait before the first attempt to subscribe again after a loss. It
  /// doubles with each attempt, up to a minute.
  caf::timespan backoff = std::chrono::seconds{1};
};

/// Spawns a subscription to the notifications of a device (RFC 5277). It
/// subscribes once at the device for any number of sinks here. It begins with
/// the first sink. It ends, with a last notification, when the connection is
/// closed or the device refuses it. An exit message also ends it.
///
/// After a loss it subscribes again. If the event stream has replay, it
/// requests the events of the meantime, and no sink gets an event twice. If
/// there is no replay, or the log of the device does not reach back that far,
/// the sinks are told of a gap.
///
/// @param on a separate connection, because most devices take no other request
///           on a session with a subscription. Open it before, preferably with
///           the policy `keep_open`.
subscription_actor
spawn_netconf_subscription(caf::actor_system& sys, connection_actor on,
                           netconf_subscription_options options = {});

} // namespace tieline
