#pragma once

#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system.hpp>

#include <string>

namespace fleet {

/// Spawns the factory of the plugin of that name, with the settings of the
/// system's config.
/// @throws usage_error if there is no such plugin or a setting is wrong.
tieline::factory_actor spawn_plugin(caf::actor_system& sys,
                                    const std::string& name);

} // namespace fleet
