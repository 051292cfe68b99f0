#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <functional>
#include <optional>

namespace tieline {

/// Makes a transport for a key, or none. The function may block and may throw.
/// It is called from several threads at once, but never twice at once for the
/// same key.
using factory_function
  = std::function<std::optional<transport_actor>(const connection_key&)>;

/// Spawns a factory that calls `make` on threads of its own. A call that blocks
/// delays only its own key, unless `max_threads` calls block at once. An
/// exception is answered as `errc::factory_failed` with the text of the
/// exception, which must not contain a secret.
/// @param plugin what the plugin tells of itself
/// @throws std::invalid_argument if `make` is empty or `max_threads` is zero.
factory_actor spawn_factory(caf::actor_system& sys, factory_function make,
                            size_t max_threads = 64, plugin_traits plugin = {});

} // namespace tieline
