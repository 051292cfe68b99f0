#pragma once

#include "tieline/actors/connection/connection_context.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the actor that owns the connection of `key`. The transport, fresh
/// and not yet open, serves its first session; later ones come from the
/// manager.
full_connection_actor
spawn_connection(caf::actor_system& sys, connection_key key,
                 transport_actor first, connection_context context);

} // namespace tieline
