#pragma once

#include <caf/config_option_set.hpp>
#include <caf/error.hpp>
#include <caf/settings.hpp>

namespace tieline {

/// Declares the settings of the manager, of all plugins that come with tieline,
/// of nodes and of clusters, with their help texts, to a host's
/// `actor_system_config::custom_options_`.
void add_options(caf::config_option_set& options);

/// Returns an `errc::invalid_setting` that names the first of those settings,
/// or of the credentials, that is wrong; an empty error if none is. A program
/// that asks before it spawns can print the error; a wrong setting is otherwise
/// the exception of `spawn_manager` and of the factories.
/// @param config the result of `content(cfg)` for a CAF config
caf::error check_settings(const caf::settings& config);

} // namespace tieline
