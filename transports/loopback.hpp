#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <functional>

namespace tieline {

/// How a host of the loopback plugin behaves.
struct loopback_script {
  /// Time until an open is answered, and with what error; empty: it succeeds.
  caf::timespan open_delay{0};
  caf::error open_error;
  /// Time until a request is answered.
  caf::timespan execute_delay{0};
  /// Answers a request; must not block. An `errc::connection_lost` also ends
  /// the session. Without it the request's body is echoed.
  std::function<caf::expected<reply>(const request&)> execute;
  /// Time until a close is answered.
  caf::timespan close_delay{0};
  /// Time from the open to the loss of the session; zero: it lasts.
  caf::timespan lifetime{0};
};

/// Spawns a factory of sessions in memory: for tests, for examples, and as the
/// plugin to copy. `script` is called once for each session, with its key.
factory_actor spawn_loopback_factory(
  caf::actor_system& sys,
  std::function<loopback_script(const connection_key&)> script = {});

/// Spawns one session in memory, fresh and not yet open.
transport_actor spawn_loopback_session(caf::actor_system& sys,
                                       connection_key key,
                                       loopback_script script = {});

} // namespace tieline
