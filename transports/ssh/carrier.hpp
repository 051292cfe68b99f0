#pragma once

#include "tieline/messages/interfaces.hpp"

#include <optional>
#include <string>

namespace tieline {

/// An SSH session that also carries the streams of subsystems, for plugins
/// that speak their protocol over one: one stream for each asking actor. A
/// close is answered while there are any, and done when they have ended.
using carrier_actor = transport_actor::extend<
  // Starts a subsystem (RFC 4254, 6.5) beside the commands, whose output goes
  // to the sink as it comes. Answers at its end, or when it is refused.
  caf::result<reply>(subsystem_atom, std::string, sink_actor),
  // Adds to the input of the sender's subsystem; answers when that was sent.
  caf::result<void>(put_atom, std::string),
  // Tells whether it is a session with just these params, open and not about
  // to end.
  caf::result<bool>(share_atom, connection_params)>;

/// A factory of such sessions.
using ssh_factory_actor = factory_actor::extend<
  // Returns the session, made here for a key with this host name, that is open
  // with just these params, if there is one.
  caf::result<std::optional<transport_actor>>(share_atom, connection_key,
                                              connection_params)>;

} // namespace tieline
