#pragma once

#include "tieline/actors/node/dialer.hpp"
#include "tieline/actors/node/node_settings.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// The address at which a manager is published.
struct node_address {
  std::string host;
  uint16_t port = 0;
};

/// Spawns a local stand-in for the manager at `where`. It forwards every
/// request, and its only state is who waits for an answer.
///
/// Connections in its answers are stand-ins as well. When the other node is
/// lost, every waiting caller is answered `errc::node_lost`. The next request
/// makes the stand-in connect again. After a few failures in a row, waiting
/// requests, and those that arrive within `failure::retry_after`, are answered
/// `errc::node_lost` at once.
///
/// Connections from before the loss stay lost, so callers have to ask for them
/// again. Subscriptions are renewed after a reconnect, unless they were ended
/// meanwhile. While there are any, the stand-in reconnects without being asked.
/// Events during the loss are not delivered. Factories are not set again.
///
/// The stand-in ends with its last handle or by an exit message, and its
/// subscriptions end with it. The manager itself goes on.
/// @param dialer ends with it
manager_actor spawn_remote_manager(caf::actor_system& sys, dialer_actor dialer,
                                   node_address where,
                                   const node_settings& how);

/// Spawns a local stand-in for a router.
router_actor spawn_remote_router(caf::actor_system& sys, dialer_actor dialer,
                                 node_address where, const node_settings& how);

/// Spawns a local stand-in for the member of a node. The address is that of the
/// node's router; another node that answers there now is refused. Connections
/// in the answers are not stand-ins, so callers have to watch them themselves.
member_actor spawn_remote_member(caf::actor_system& sys, dialer_actor dialer,
                                 const cluster_node& which,
                                 const node_settings& how);

} // namespace tieline
