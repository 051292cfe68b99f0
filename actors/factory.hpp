#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <optional>

namespace tieline {

/// Makes a transport for a key, or none. May block and may throw.
using factory_function
  = std::function<std::optional<transport_actor>(const connection_key&)>;

/// Spawns a factory that calls `make`, each call on a thread of its own while
/// it lasts, so that one that blocks delays nobody else. An exception is
/// answered as `errc::factory_failed`.
factory_actor spawn_factory(caf::actor_system& sys, factory_function make);

} // namespace tieline
