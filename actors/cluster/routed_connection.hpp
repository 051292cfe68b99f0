#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/caller_monitor.hpp"
#include "tieline/messages/internal/router.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns an actor that stands for the connection of a key wherever it is: it
/// hands on all it is asked, and when the key has got another owner, has the
/// router find (and open, with the params of the last open) the connection
/// there. What has begun and has no answer when its node is lost is answered
/// `errc::node_lost`; it is asked again only where it surely had not begun.
///
/// After a close, and when it needs a router that has ended, it answers
/// `errc::closed`. It ends with its last holder.
/// @param router held weakly
/// @param timer, callers are to live as long
routed_connection_actor
spawn_routed_connection(caf::actor_system& sys, connection_key key,
                        const route_keeper_actor& router, timer_actor timer,
                        caller_monitor_actor callers);

} // namespace tieline
