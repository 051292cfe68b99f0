#pragma once

#include "stage.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace tieline::soak {

/// Spawns one that gives all orders there are to random devices, takes back
/// what it has held up, and subscribes listeners that soon end.
player_actor spawn_operator(caf::actor_system& sys, const stage& on,
                            uint64_t seed);

} // namespace tieline::soak
