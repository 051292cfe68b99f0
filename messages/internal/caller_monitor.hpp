#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/action.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>

namespace tieline {

/// Watches callers on behalf of many actors. CAF keeps who watches an actor in
/// a list that it looks through when one gives up, so a caller of very many
/// connections is to be watched once only.
using caller_monitor_actor = caf::typed_actor<
  // Runs the action in the first actor, if it still lives, once the second has
  // ended. The number is another one each time.
  caf::result<void>(caf::subscribe_atom, uint64_t, caf::weak_actor_ptr,
                    caf::weak_actor_ptr, caf::action),
  // That is wanted no more.
  caf::result<void>(caf::unsubscribe_atom, uint64_t, caf::weak_actor_ptr)>;

} // namespace tieline
