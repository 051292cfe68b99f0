#pragma once

#include "tieline/actors/cluster/cluster_settings.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace tieline {

/// A member and what its own node tells it.
using full_member_actor
  = member_actor::extend_with<view_listener_actor>::extend<
    // This is how the cluster is to know the node.
    caf::result<void>(put_atom, cluster_node)>;

/// Spawns the actor that lets `manager` serve those keys only that are this
/// node's own: it has the coordinator give it a shard before anything of it is
/// made, and hands over what it is not to have any more. Questions and orders
/// that concern no key go through to the manager.
///
/// Sessions stay with the manager; who asks that directly goes past this.
/// An exit message hands everything over, without waiting for work, then ends
/// it; the end of the coordinator does the same, and it ends with an error. If
/// it is killed, it cannot: then the manager is told to shut down, within
/// `close-before`, and the lease is left to run out.
/// @param coordinator is ended with the member: told to when all is handed
///                    over, else killed
full_member_actor
spawn_member(caf::actor_system& sys, std::string name, manager_actor manager,
             coordinator_actor coordinator, const cluster_settings& how);

} // namespace tieline
