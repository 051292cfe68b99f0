#pragma once

#include "tieline/actors/cluster/membership/member_connector.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <string>
#include <vector>

namespace tieline {

/// Spawns the coordinator of a cluster whose nodes are written down: asks each
/// of the others again and again, and takes those for lost that do not answer.
/// The first view comes when each has answered or failed once.
///
/// It gives this node any shard that is asked for: two nodes that cannot reach
/// each other may both own one.
/// @param own_name is one of the nodes
/// @param connector has this node ask another
coordinator_actor
spawn_static_membership(caf::actor_system& sys, std::string own_name,
                        std::vector<cluster_node> nodes,
                        member_connector connector, caf::timespan interval);

} // namespace tieline
