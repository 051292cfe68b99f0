#pragma once

#include "soak_context.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace tieline::soak {

/// Spawns an operator: it gives random devices all the orders that there are,
/// resumes what it has paused or drained, and subscribes listeners that end
/// soon.
participant_actor spawn_operator(caf::actor_system& sys, const soak_context& on,
                                 uint64_t seed);

} // namespace tieline::soak
