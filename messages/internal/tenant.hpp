#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/local_types.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tieline {

/// A connection as its manager and the admission see it.
using tenant_actor = caf::typed_actor<
  // Opens as connection_actor does, on behalf of another actor, and answers
  // with itself.
  caf::result<std::optional<connection_actor>>(
    resolve_atom, connection_params, caf::timespan, caf::strong_actor_ptr),
  // Opens as connection_actor does, on behalf of another actor.
  caf::result<void>(caf::open_atom, connection_params, caf::timespan,
                    caf::strong_actor_ptr),
  // Tells how long its session has been idle; zero: it is in use, or
  // there is none. Then it tells the admission as soon as there is an idle one.
  caf::result<caf::timespan>(idle_atom),
  // Closes the session unless it is in use; answers whether it does.
  caf::result<bool>(evict_atom),
  // Takes what the plugin tells of itself from now on.
  caf::result<void>(shared_traits),
  // Forgets that a login with this username was refused.
  caf::result<void>(clear_credential_atom, std::string),
  // Closes for good, as `close` does, because the key has got another owner:
  // what comes and what waits is answered `errc::not_owner`.
  caf::result<void>(hand_over_atom)>;

/// Finds the way through jump hosts for a session that opens.
using jump_actor = caf::typed_actor<
  // Opens the session with the last of the hops, through those before it,
  // unless it is open. Answers with what forwards streams there, as long as the
  // session of the sender lasts.
  caf::result<forwarder_actor>(jump_atom, std::vector<hop>)>;

/// A connection as those behind it see it. Each of them keeps its session from
/// being closed for its idleness until it is released.
using jump_host_actor = forwarder_actor::extend<
  // Opens as connection_actor does, for the sender that is to be behind it.
  caf::result<void>(jump_atom, connection_params),
  // The sender needs it no longer.
  caf::result<void>(release_atom)>;

/// A connection's own interface and the one its manager and the admission see.
using full_connection_actor = connection_actor::extend_with<
  tenant_actor>::extend_with<step_listener_actor>::extend_with<jump_actor>::
  extend_with<jump_host_actor>::extend<
    // Runs a request as connection_actor does, on behalf of another actor.
    caf::result<reply>(execute_atom, request, caf::strong_actor_ptr),
    // Leases the session as connection_actor does, to another actor.
    caf::result<uint64_t>(acquire_atom, caf::timespan, caf::strong_actor_ptr)>;

} // namespace tieline
