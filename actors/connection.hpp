#pragma once

#include "tieline/actors/settings.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// What a connection needs from its manager.
struct connection_context {
  /// The manager; held weakly, as it holds its connections.
  caf::weak_actor_ptr supervisor;
  stats_actor stats;
  timer_actor timer;
  settings config;
};

/// Spawns the actor that owns the connection of `key`. The transport, fresh
/// and not yet open, serves its first session; later ones come from the
/// manager.
connection_actor spawn_connection(caf::actor_system& sys, connection_key key,
                                  transport_actor first,
                                  connection_context context);

} // namespace tieline
