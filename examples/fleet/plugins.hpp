#pragma once

#include <tieline/messages/interfaces.hpp>
#include <tieline/messages/options/option_table.hpp>

#include <caf/actor_system.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fleet {

/// Returns what the extras of a host's connection options may be with this
/// plugin, `credential` aside, and its secrets; nothing if there is no such
/// plugin here.
std::vector<const tieline::option_list*> extras_of(std::string_view plugin);

/// Returns whether what is among the extras is a secret of the plugin, or of
/// any if there is no such plugin here.
bool is_secret(std::string_view extra, std::string_view plugin);

/// Spawns the factory of the plugin of that name, with the settings of the
/// system's config.
/// @throws usage_error if there is no such plugin.
tieline::factory_actor spawn_plugin(caf::actor_system& sys,
                                    const std::string& name);

} // namespace fleet
