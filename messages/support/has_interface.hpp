#pragma once

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

namespace tieline {

/// Returns whether an actor of this node handles all messages of an interface
/// that its handle may not show. One on another node does not say.
template <class Interface, class Handle>
bool has_interface(const Handle& who) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(who);
  return actor->home_system().template assignable<Interface>(
    actor->message_types());
}

} // namespace tieline
