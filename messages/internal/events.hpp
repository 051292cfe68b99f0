#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/typed_actor.hpp>

namespace tieline {

/// Passes events on to the listeners that subscribed.
using events_actor = caf::typed_actor<
  // Reports an event.
  caf::result<void>(lifecycle_event),
  // See manager_actor.
  caf::result<void>(caf::subscribe_atom, listener_actor, selector),
  caf::result<bool>(caf::unsubscribe_atom, listener_actor)>;

} // namespace tieline
