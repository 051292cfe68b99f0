#pragma once

#include "tieline/transports/ssh/carrier.hpp"
#include "tieline/transports/ssh/helpers.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace tieline::ssh {

/// Spawns one session, not yet open.
carrier_actor spawn_session(caf::actor_system& sys, connection_key key,
                            const ssh_options& defaults,
                            std::shared_ptr<helpers> shared);

} // namespace tieline::ssh
