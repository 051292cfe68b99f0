#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/caller_monitor.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace tieline {

/// Spawns a local stand-in for a connection on another node. It forwards every
/// request. When the node is lost it answers `errc::node_lost`, when only the
/// connection has ended `errc::closed`, from then on. The stand-in ends with
/// its last handle or by an exit message; neither affects the connection
/// itself.
/// @param timer, callers have to live as long as the stand-in
/// @param where the name of the other node in error messages
connection_actor
spawn_remote_connection(caf::actor_system& sys, timer_actor timer,
                        caller_monitor_actor callers, connection_actor remote,
                        connection_key key, std::string where);

} // namespace tieline
