#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/cli/cli.hpp"
#include "tieline/transports/cli/platform_library.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/ssh/carrier.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace tieline::cli {

/// Spawns a session, not yet open.
/// @param ssh_tells_steps see plugin_traits::tells_steps
transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const cli_options& defaults,
                              std::shared_ptr<const platform_library> platforms,
                              ssh_factory_actor ssh, bool ssh_tells_steps,
                              std::shared_ptr<io::poller> poller);

} // namespace tieline::cli
