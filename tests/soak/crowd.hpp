#pragma once

#include "stage.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <cstdint>

namespace tieline::soak {

/// Spawns so many callers. Who ends is replaced; one is killed now and then.
player_actor spawn_crowd(caf::actor_system& sys, const stage& on, size_t size,
                         uint64_t seed);

} // namespace tieline::soak
