#pragma once

#include "stage.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace tieline::soak {

/// Spawns one that has random devices fail in all the ways the lab knows, for
/// a while each. When it is told to stop it heals them all.
player_actor spawn_chaos(caf::actor_system& sys, const stage& on,
                         uint64_t seed);

} // namespace tieline::soak
