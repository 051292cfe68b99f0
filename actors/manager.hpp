#pragma once

#include "tieline/actors/settings.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns a connection manager with its stats and its timer into `sys`, with
/// the settings of the system's config. It ends on an exit message: all
/// connections are closed within `shutdown-timeout`, then it quits.
/// @throws std::invalid_argument if a setting is out of range or unknown.
manager_actor spawn_manager(caf::actor_system& sys);

/// The same with the given settings.
/// @throws std::invalid_argument if one is out of range.
manager_actor spawn_manager(caf::actor_system& sys, const settings& config);

} // namespace tieline
