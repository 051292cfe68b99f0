#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <cstddef>
#include <string>

namespace tieline {

/// What a subscription asks a device for, and what it does about sinks that
/// are slow and sessions that are lost.
struct netconf_subscription_options {
  /// Name of the event stream; empty: the device's default (`NETCONF`).
  std::string stream;
  /// A subtree filter, as XML; empty: none.
  std::string filter;
  /// From when on the device is asked for what it has told before (RFC 3339);
  /// empty: only what it tells from now on.
  std::string start_time;
  /// Notices that may wait for one sink. While as many wait the device is held
  /// back.
  size_t queue_limit = 1000;
  /// For how long; then what waits for that sink is dropped, and it is told how
  /// much.
  caf::timespan patience = std::chrono::seconds{5};
  /// Wait before the first attempt to subscribe again after a loss; it doubles
  /// from attempt to attempt, up to a minute.
  caf::timespan backoff = std::chrono::seconds{1};
};

/// Spawns a subscription to the notifications of a device (RFC 5277): one
/// subscription there, any number of sinks here. It begins with the first sink
/// and ends, with a notice, when the connection is closed or the device refuses
/// it; an exit message ends it, too.
///
/// After a loss it subscribes again. If the device's stream has replay it is
/// asked for what came in between, and nothing is told twice; where it has
/// none, or its log does not reach back that far, the sinks are told of a gap.
///
/// @param on a connection of its own: most devices take nothing else on a
///           session with a subscription. To be opened before, and best with
///           the policy `keep_open`.
subscription_actor
spawn_netconf_subscription(caf::actor_system& sys, connection_actor on,
                           netconf_subscription_options options = {});

} // namespace tieline
