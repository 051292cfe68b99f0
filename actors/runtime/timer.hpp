#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the clock of a manager and its connections. It keeps any number of
/// deadlines behind one timer of CAF, because CAF's own get slow by the
/// thousand, and holds nobody alive.
timer_actor spawn_timer(caf::actor_system& sys);

} // namespace tieline
