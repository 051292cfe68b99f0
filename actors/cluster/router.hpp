#pragma once

#include "tieline/actors/cluster/membership/cluster_settings.hpp"
#include "tieline/actors/cluster/membership/member_connector.hpp"
#include "tieline/actors/cluster/membership_report.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/router.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace tieline {

/// Spawns the router of a node, and its member in front of `manager`.
///
/// A request that names a key goes to the owner of the key. If there is no
/// owner, or the owner is out of reach or refuses the key, the request waits up
/// to `move-timeout` and is sent again; an `insert` is sent again only after a
/// refusal. Any other request goes to all nodes, and its answer leaves out the
/// nodes that do not answer. If none answers, the answer is an error.
///
/// On an exit message the router hands over everything that the node owns, then
/// ends; a `shutdown` also ends the manager. If the member or the coordinator
/// ends unexpectedly, the router shuts the manager down and ends with an
/// `errc::node_lost`.
/// @param coordinator ends with the router
/// @param report hears of what is in the way of this node
full_router_actor
spawn_router(caf::actor_system& sys, std::string name, manager_actor manager,
             coordinator_actor coordinator, member_connector connector,
             const cluster_settings& how, membership_report report = {});

} // namespace tieline
