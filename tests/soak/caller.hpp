#pragma once

#include "stage.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace tieline::soak {

/// Spawns one that uses connections as programs do: opens, executes, looks,
/// closes, in random order; and may end without waiting for its answers.
player_actor spawn_caller(caf::actor_system& sys, const stage& on,
                          uint64_t seed);

} // namespace tieline::soak
