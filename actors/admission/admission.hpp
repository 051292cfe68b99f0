#pragma once

#include "tieline/actors/admission/admission_limits.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/events.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the actor that decides which connection may open a session, and when.
/// It refuses attempts while the host is left alone or the credential is
/// stopped. The others wait for a place. When there are too many sessions, it
/// closes idle ones. The senders are @ref tenant_actor; they are not kept
/// alive, and all places of a sender are taken back when it ends.
///
/// Exports the CAF metrics `tieline.opening`, `tieline.open-waiting` and
/// `tieline.sessions`, and `tieline.opens-refused` with the label `reason`.
admission_actor spawn_admission(caf::actor_system& sys,
                                const admission_limits& limits,
                                timer_actor timer, events_actor events);

} // namespace tieline
