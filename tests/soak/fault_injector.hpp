#pragma once

#include "soak_context.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace tieline::soak {

/// Spawns a fault injector: it gives random devices all the faults that the lab
/// knows, for a while each. It heals all devices when it is told to stop.
participant_actor spawn_fault_injector(caf::actor_system& sys,
                                       const soak_context& on, uint64_t seed);

} // namespace tieline::soak
