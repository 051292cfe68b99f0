#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/events.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Spawns the actor that passes events on to listeners.
///
/// Each listener gets the events of the connections that its selector matches,
/// in order. It may have `buffer` unanswered events. It loses further events,
/// and the next event that it gets says how many (`missed`). So a slow listener
/// learns of a gap only with the next event. No listener delays another.
///
/// Listeners are not kept alive: a listener ends with its last handle and is
/// then forgotten. After it has unsubscribed, its unanswered events still
/// count.
///
/// On an exit message the actor passes on the events that it has, then ends.
/// @param node the name of this node, which is added to events
events_actor spawn_events(caf::actor_system& sys, uint64_t buffer,
                          std::string node = {});

} // namespace tieline
