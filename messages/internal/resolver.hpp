#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <optional>

namespace tieline {

/// Finds the connection of a key, for the actors that stand for it.
using resolver_actor = caf::typed_actor<
  // Returns the connection itself, made where the key's owner is; none if no
  // factory does.
  caf::result<std::optional<connection_actor>>(resolve_atom, connection_key),
  // The same, and opens it.
  caf::result<std::optional<connection_actor>>(
    resolve_atom, connection_key, connection_params, caf::timespan)>;

} // namespace tieline
