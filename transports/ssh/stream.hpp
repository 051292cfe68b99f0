#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/ssh/carrier.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace tieline::ssh {

/// A shell with a terminal of this size.
struct shell {
  uint32_t columns = 80;
  uint32_t rows = 24;
};

/// A subsystem by its name.
struct subsystem {
  std::string name;
};

/// A stream on an SSH session. It ends with that, and the subsystem or shell
/// with it.
using stream_actor = sink_actor::extend<
  // Adds to the stream's input.
  caf::result<void>(put_atom, std::string)>;

/// Whom a stream belongs to.
using stream_owner_actor = sink_actor::extend<
  // What ran on the stream has ended.
  caf::result<void>(closed_atom, reply),
  // It was refused, or its SSH session has ended.
  caf::result<void>(closed_atom, caf::error)>;

/// Starts a subsystem or shell and spawns its stream. The stream holds its
/// owner weakly: the carrier holds who asks it and whom it sends to, so that an
/// owner that did both itself would never be unreachable.
stream_actor spawn_stream(caf::actor_system& sys, carrier_actor carrier,
                          std::variant<subsystem, shell> what,
                          caf::weak_actor_ptr owner);

} // namespace tieline::ssh
