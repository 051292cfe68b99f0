#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/local_types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tieline {

/// An SSH session that also carries the streams of subsystems and shells, for
/// plugins whose protocol runs over one. Each asking actor may have one stream.
/// A close is answered at once and carried out when all streams have ended.
using carrier_actor = stepwise_transport_actor::extend<
  // Starts a subsystem (RFC 4254, 6.5) beside the commands. Its output goes to
  // the sink as it comes. Answers when it ends or is refused.
  caf::result<reply>(subsystem_atom, std::string, sink_actor),
  // Starts a shell on a terminal of so many columns and rows (RFC 4254, 6.2 and
  // 6.5) beside the commands. For the rest as a subsystem.
  caf::result<reply>(caf::spawn_atom, uint32_t, uint32_t, sink_actor),
  // Sends input to the sender's stream. Answers when the input was sent.
  caf::result<void>(put_atom, std::string),
  // Connects the stream to a host and port, as the SSH server reaches them
  // (RFC 4254, 7.2). Answers when it is connected.
  caf::result<void>(caf::forward_atom, std::string, uint16_t, shared_stream),
  // Returns whether the session has params that mean the same, is open and is
  // not about to end.
  caf::result<bool>(share_atom, connection_params)>;

/// A factory of carriers.
using ssh_factory_actor = described_factory_actor::extend<
  // Returns an open session with params that mean the same that this factory
  // made for a key with this host name, if there is one.
  caf::result<std::optional<transport_actor>>(share_atom, connection_key,
                                              connection_params)>;

} // namespace tieline
