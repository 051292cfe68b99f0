#pragma once

#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system.hpp>
#include <caf/config_option_set.hpp>

#include <string>

namespace fleet {

/// Declares the settings of all plugins.
void add_plugin_options(caf::config_option_set& options);

/// Spawns the factory of the plugin of that name, with the settings of the
/// system's config.
/// @throws usage_error if there is no such plugin or a setting is wrong.
tieline::factory_actor spawn_plugin(caf::actor_system& sys,
                                    const std::string& name);

} // namespace fleet
