#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/typed_actor.hpp>

namespace tieline {

/// Hands on what happens to those who want to know.
using events_actor = caf::typed_actor<
  // Something happened.
  caf::result<void>(lifecycle_event),
  // See manager_actor.
  caf::result<void>(caf::subscribe_atom, listener_actor, selector),
  caf::result<bool>(caf::unsubscribe_atom, listener_actor)>;

} // namespace tieline
