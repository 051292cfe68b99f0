#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/ssh/carried_factory.hpp"

#include <caf/actor_system.hpp>

namespace tieline::netconf {

/// Spawns one session, fresh and not yet open.
transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const netconf_options& defaults,
                              ssh::carried_context where);

} // namespace tieline::netconf
