#pragma once

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/internal/caller_monitor.hpp"

#include <caf/actor_system.hpp>

#include <utility>

namespace tieline {

/// Spawns what watches the callers of all connections of a manager.
caller_monitor_actor spawn_caller_monitor(caf::actor_system& sys);

/// The watching of one caller by one actor, that can be given up.
class caller_watch {
public:
  caller_watch() = default;

  /// Calls `on_end` in the context of `self` once the caller has ended. Holds
  /// neither of the two alive.
  template <class Self, class F>
  caller_watch(Self* self, caller_monitor_actor monitor,
               const caf::strong_actor_ptr& caller, F on_end)
    : monitor_(std::move(monitor)),
      self_(self->ctrl()),
      caller_(caller.get()) {
    compat::anon_send(monitor_, caf::subscribe_atom_v, self_, caller_,
                      caf::make_action(std::move(on_end)));
  }

  /// Watches no more.
  void give_up() {
    if (monitor_)
      compat::anon_send(monitor_, caf::unsubscribe_atom_v, self_, caller_);
  }

private:
  caller_monitor_actor monitor_;
  caf::weak_actor_ptr self_;
  caf::weak_actor_ptr caller_;
};

} // namespace tieline
