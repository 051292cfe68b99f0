#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/ssh/carrier.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace tieline::netconf {

/// Spawns one session, fresh and not yet open.
/// @param ssh makes SSH sessions, or shares those that it has made
/// @param ssh_tells_steps see plugin_traits::tells_steps
/// @param poller keeps the deadlines
transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const netconf_options& defaults,
                              ssh_factory_actor ssh, bool ssh_tells_steps,
                              std::shared_ptr<io::poller> poller);

} // namespace tieline::netconf
