#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/ssh/carrier.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>

#include <string>

namespace tieline::netconf {

/// A subsystem's stream on an SSH session. It ends with that, and the stream
/// with it.
using subsystem_actor = sink_actor::extend<
  // Adds to the stream's input.
  caf::result<void>(put_atom, std::string)>;

/// Whom a subsystem's stream belongs to.
using subsystem_owner_actor = sink_actor::extend<
  // The subsystem has ended.
  caf::result<void>(closed_atom, reply),
  // It was refused, or its SSH session has ended.
  caf::result<void>(closed_atom, caf::error)>;

/// Starts a subsystem and spawns its stream. The stream holds its owner weakly:
/// the carrier holds who asks it and whom it sends to, so that an owner that
/// did both itself would never be unreachable.
subsystem_actor spawn_subsystem(caf::actor_system& sys, carrier_actor carrier,
                                std::string subsystem,
                                caf::weak_actor_ptr owner);

} // namespace tieline::netconf
