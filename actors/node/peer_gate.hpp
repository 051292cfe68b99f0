#pragma once

#include "tieline/actors/node/peer_access.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns what peers get in place of a manager: it hands on what they may ask,
/// and answers the rest `errc::invalid_request`. It takes no exit messages, and
/// ends with the manager.
/// @param who tells the name of a peer; null: they have none
manager_actor spawn_peer_gate(caf::actor_system& sys, manager_actor manager,
                              node_settings how, name_of_peer who);

} // namespace tieline
