#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace tieline {

/// Spawns a local actor that stands for a connection on another node: it hands
/// on all it is asked, and answers `errc::node_lost` (`errc::closed` if just
/// the connection has ended) as soon as that is lost, and ever after. It ends
/// with its last holder, or by an exit message, which does not concern the
/// connection itself.
/// @param timer is to live as long
/// @param where names the other node for people
connection_actor
spawn_remote_connection(caf::actor_system& sys, timer_actor timer,
                        connection_actor remote, std::string where);

} // namespace tieline
