#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/stats.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the owner of the counters. It also exports them as CAF metrics
/// `tieline.connections-created`, `.sessions-opened`, `.connections-closed`,
/// `.open-failures`, `.sessions-lost` and `.sessions-evicted`, each with the
/// label `plugin`.
stats_actor spawn_stats(caf::actor_system& sys);

} // namespace tieline
