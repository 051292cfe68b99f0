#pragma once

#include "soak_context.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>

namespace tieline::soak {

/// Spawns a caller that uses connections as programs do: it opens, executes,
/// asks for the status and closes, in random order, and may end without waiting
/// for its answers.
participant_actor spawn_caller(caf::actor_system& sys, const soak_context& on,
                               uint64_t seed);

} // namespace tieline::soak
