#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <functional>

namespace tieline {

/// The behavior of a host of the plugin loopback.
struct loopback_script {
  /// Time until an open is answered, and the error of the answer. Empty: the
  /// open succeeds.
  caf::timespan open_delay{0};
  caf::error open_error;
  /// Time until a request is answered.
  caf::timespan execute_delay{0};
  /// Answers a request and must not block. An `errc::connection_lost` also ends
  /// the session. Without this function the reply is the body of the request.
  std::function<caf::expected<reply>(const request&)> execute;
  /// Time until a close is answered.
  caf::timespan close_delay{0};
  /// Time from the open to the loss of the session. Zero: it is never lost.
  caf::timespan lifetime{0};
};

/// Spawns a factory of sessions in memory, for tests and examples, and as the
/// model for other transports. `script` is called once for each session, with
/// the key of the session.
factory_actor spawn_loopback_factory(
  caf::actor_system& sys,
  std::function<loopback_script(const connection_key&)> script = {});

/// Spawns one session in memory. It is not open yet.
transport_actor spawn_loopback_session(caf::actor_system& sys,
                                       connection_key key,
                                       loopback_script script = {});

} // namespace tieline
