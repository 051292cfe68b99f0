#pragma once

#include "tieline/actors/cluster/cluster_settings.hpp"
#include "tieline/actors/cluster/member_connector.hpp"
#include "tieline/actors/cluster/routed_connection.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace tieline {

/// A router and what its own node tells it.
using full_router_actor = router_actor::extend_with<route_keeper_actor>::
  extend_with<view_listener_actor>::extend<
    // This is how the cluster is to know the node.
    caf::result<void>(put_atom, cluster_node)>;

/// Spawns the router of a node, with its member in front of `manager`.
///
/// What concerns a key goes to the node that owns it. While there is none, or
/// it cannot be reached or says that it is not the owner, the request waits,
/// `move-timeout` at most, and is sent again; an `insert` only where it was
/// refused. What concerns all goes to all nodes; those that do not answer are
/// left out, unless none does.
///
/// An exit message hands over all that the node owns, then ends it; `shutdown`
/// ends the manager, too. If its member or the coordinator ends unexpectedly,
/// it has the manager shut down, then ends with an `errc::node_lost`.
/// @param coordinator is ended with the router
full_router_actor
spawn_router(caf::actor_system& sys, std::string name, manager_actor manager,
             coordinator_actor coordinator, member_connector link,
             const cluster_settings& how);

} // namespace tieline
