#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/cli/cli.hpp"
#include "tieline/transports/cli/platform_library.hpp"
#include "tieline/transports/ssh/carried_factory.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace tieline::cli {

/// Spawns a session, not yet open.
transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const cli_options& defaults,
                              std::shared_ptr<const platform_library> platforms,
                              ssh::carried_context where);

} // namespace tieline::cli
