#pragma once

#include "tieline/actors/cluster/membership/cluster_settings.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/member.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace tieline {

/// Spawns the member of a node. It restricts `manager` to the keys that the
/// node owns: it claims a shard at the coordinator before it makes a connection
/// of that shard, and it hands over shards that the node has to give up.
/// Requests that name no key go through to the manager.
///
/// Sessions stay with the manager. Callers that use the manager directly get
/// none of these guarantees.
///
/// On an exit message the member hands everything over, without waiting for
/// work, then ends. When the coordinator ends, the member does the same and
/// ends with an error. A member that is killed cannot hand over: the manager is
/// then told to shut down within `close-before`, and the lease expires.
/// @param coordinator ends with the member: by an exit message when everything
///                    is handed over, else killed
full_member_actor
spawn_member(caf::actor_system& sys, std::string name, manager_actor manager,
             coordinator_actor coordinator, const cluster_settings& how);

} // namespace tieline
