#pragma once

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/internal/caller_monitor.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

namespace tieline {

/// Spawns what watches the callers of many actors.
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
      number_(next_number()),
      caller_(caller.get()) {
    compat::anon_send(monitor_, caf::subscribe_atom_v, number_,
                      caf::weak_actor_ptr{self->ctrl()}, caller_,
                      caf::make_action(std::move(on_end)));
  }

  /// Watches no more.
  void give_up() {
    if (monitor_)
      compat::anon_send(monitor_, caf::unsubscribe_atom_v, number_, caller_);
  }

private:
  static uint64_t next_number() noexcept {
    static std::atomic<uint64_t> last{0};
    return ++last;
  }

  caller_monitor_actor monitor_;
  uint64_t number_ = 0;
  caf::weak_actor_ptr caller_;
};

} // namespace tieline
