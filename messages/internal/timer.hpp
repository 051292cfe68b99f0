#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/action.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

namespace tieline {

/// One clock for all: holds the next deadline of any number of actors behind
/// a single timer of CAF.
using timer_actor = caf::typed_actor<
  // Runs the action in the actor, if it still lives, at this time of its clock
  // (since the clock's epoch). Replaces what was armed for the actor; the
  // greatest time only does that.
  caf::result<void>(arm_atom, caf::weak_actor_ptr, caf::timespan, caf::action)>;

} // namespace tieline
