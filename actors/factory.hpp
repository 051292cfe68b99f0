#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <functional>
#include <optional>

namespace tieline {

/// Makes a transport for a key, or none. May block and may throw. Is called
/// from several threads at once, though never at once for the same key.
using factory_function
  = std::function<std::optional<transport_actor>(const connection_key&)>;

/// Spawns a factory that calls `make` on threads of its own, so that a call
/// that blocks delays its own key only, unless `max_threads` do. An exception
/// is answered as `errc::factory_failed` with its text: it must hold no secret.
/// @throws std::invalid_argument if there is no function or no thread.
factory_actor spawn_factory(caf::actor_system& sys, factory_function make,
                            size_t max_threads = 64);

} // namespace tieline
