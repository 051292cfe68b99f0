#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <optional>

namespace tieline {

/// The manager as its connections see it.
using supervisor_actor = caf::typed_actor<
  // Returns a fresh transport from the factory of the moment, or none.
  caf::result<std::optional<transport_actor>>(make_atom, connection_key),
  // The sender takes nothing more and will have closed before long.
  caf::result<void>(closing_atom, connection_key),
  // The sender has closed for good.
  caf::result<void>(closed_atom, connection_key)>;

/// The manager's own interface and the one its connections see.
using full_manager_actor = manager_actor::extend_with<supervisor_actor>::extend<
  // Closes as `close` does, because the key has got another owner: who waits
  // for a connection is answered `errc::not_owner`.
  caf::result<void>(hand_over_atom, connection_key),
  // Ends all connections at once, those that are closing included: others may
  // have their keys any moment.
  caf::result<void>(hand_over_atom)>;

} // namespace tieline
