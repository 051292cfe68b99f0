#pragma once

#include "soak_context.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <cstdint>

namespace tieline::soak {

/// Spawns a workload of `size` callers. It replaces those that end, and kills
/// one now and then.
participant_actor spawn_workload(caf::actor_system& sys, const soak_context& on,
                                 size_t size, uint64_t seed);

} // namespace tieline::soak
