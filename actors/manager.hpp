#pragma once

#include "tieline/actors/settings.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns a connection manager and its helper actors, with the settings of the
/// system's config. On an exit message the manager closes all connections
/// within `shutdown-timeout`, then quits.
/// @throws std::invalid_argument if a setting is out of range or unknown;
///         @ref check_settings tells before.
/// @throws std::logic_error if @ref init was not called.
manager_actor spawn_manager(caf::actor_system& sys);

/// Does the same with the given settings.
/// @throws std::invalid_argument if one of them is out of range.
manager_actor spawn_manager(caf::actor_system& sys, const settings& config);

} // namespace tieline
