#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <optional>
#include <vector>

namespace tieline {

/// Opens keys on behalf of other actors.
using caller_opener_actor = caf::typed_actor<
  // Does what manager_actor does, as if the last actor had asked for it:
  // callers take turns, and a caller that has ended waits for nothing.
  caf::result<std::optional<connection_actor>>(caf::open_atom, connection_key,
                                               connection_params, caf::timespan,
                                               caf::strong_actor_ptr)>;

/// The manager as its connections see it.
using supervisor_actor = caf::typed_actor<
  // Returns a fresh transport from the current factory, or nothing.
  caf::result<std::optional<transport_actor>>(make_atom, connection_key),
  // Reports that the sender takes no more requests and is closing.
  caf::result<void>(closing_atom, connection_key),
  // Reports that the sender has closed for good.
  caf::result<void>(closed_atom, connection_key)>;

/// The manager's own interface and the one its connections see.
using full_manager_actor = manager_actor::extend_with<supervisor_actor>::
  extend_with<caller_opener_actor>::extend<
    // Closes a connection because its key has a new owner. Callers that wait
    // for the connection are answered `errc::not_owner`.
    caf::result<void>(hand_over_atom, connection_key),
    // Returns the keys of all connections, without asking any of them.
    caf::result<std::vector<connection_key>>(local_atom),
    // Ends all connections at once, even those that are closing, because other
    // nodes may take their keys at any moment.
    caf::result<void>(hand_over_atom)>;

} // namespace tieline
