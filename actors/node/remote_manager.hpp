#pragma once

#include "tieline/actors/node/node_settings.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Where a manager is published.
struct node_address {
  std::string host;
  uint16_t port = 0;
};

/// Spawns a local actor that stands for the manager at `where`: it hands on all
/// it is asked, and keeps no state but who waits.
///
/// Connections in its answers are stand-ins, too. When the other node is lost,
/// all who wait are answered `errc::node_lost`. The next request has it connect
/// again; when that fails a few times in a row, what waits for it and what
/// comes within the next while (`failure::retry_after`) is answered
/// `errc::node_lost` at once. Connections of before the loss stay lost: ask for
/// them again. Subscriptions are renewed when it has connected again, unless
/// they were given up meanwhile, and as long as there are any it connects again
/// by itself; events of the time between are not told. Factories are not set
/// again.
///
/// It ends with its last holder, or by an exit message, and with it its
/// subscriptions; the manager itself goes on.
/// @param link connects to other nodes
manager_actor
spawn_remote_manager(caf::actor_system& sys, caf::io::middleman_actor link,
                     node_address where, const node_settings& how);

/// The same for a router.
router_actor spawn_remote_router(caf::actor_system& sys,
                                 caf::io::middleman_actor link,
                                 node_address where, const node_settings& how);

/// The same for the member of a node: where its router is published, and of no
/// other node that may be there now. Connections in its answers are not
/// stand-ins, and it is for who can do without.
member_actor
spawn_remote_member(caf::actor_system& sys, caf::io::middleman_actor link,
                    const cluster_node& which, const node_settings& how);

} // namespace tieline
