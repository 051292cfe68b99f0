#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/events.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Spawns the actor that hands events on to those who listen.
///
/// Each listener gets the events of connections that its selector matches, in
/// their order, and may have `buffer` of them before it that it has not
/// answered. Further ones are lost for it; the next that it gets says how many
/// in `missed`. So a listener that was slow, and then hears nothing more,
/// learns of the gap with the next event only. None delays another.
///
/// A listener is held by nobody here: it ends when its last handle goes, and is
/// forgotten then. After it has unsubscribed, events that it has not answered
/// still count.
///
/// An exit message lets the actor hand on what it was told before it ends.
/// @param node the name of this node, which events are told with
events_actor spawn_events(caf::actor_system& sys, uint64_t buffer,
                          std::string node = {});

} // namespace tieline
