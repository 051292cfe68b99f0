#pragma once

#include "tieline/actors/settings.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/events.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the actor that decides who may open a session, and when: it refuses
/// where a host or a credential is held back, has the others wait for a place,
/// and makes idle sessions give up theirs when there are too many. Who asks is
/// a @ref tenant_actor, is never held alive, and has all its places taken back
/// when it ends.
///
/// Exports the CAF metrics `tieline.opening`, `tieline.open-waiting` and
/// `tieline.sessions`, and `tieline.opens-refused` with the label `reason`.
admission_actor spawn_admission(caf::actor_system& sys, const settings& config,
                                timer_actor timer, events_actor events);

} // namespace tieline
