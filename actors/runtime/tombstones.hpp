#pragma once

#include "tieline/messages/support/pruning.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <utility>
#include <vector>

namespace tieline {

/// Actors that are over, but answer so as long as others hold them. Each ends
/// with its last handle, and all end with this.
class tombstones {
public:
  tombstones() = default;

  tombstones(const tombstones&) = delete;

  tombstones& operator=(const tombstones&) = delete;

  ~tombstones() {
    for (auto& x : all_)
      if (auto held = x.lock())
        caf::anon_send_exit(caf::actor_cast<caf::actor>(held),
                            caf::exit_reason::user_shutdown);
  }

  void add(caf::weak_actor_ptr who) {
    pruning_.run(all_, [](const caf::weak_actor_ptr& x) {
      // One that was ever named to another node would else stay for ever. Who
      // has it there is told that it is gone.
      if (auto held = x.lock())
        held->get()->home_system().registry().erase(held->id());
      return !x.lock();
    });
    all_.push_back(std::move(who));
  }

private:
  std::vector<caf::weak_actor_ptr> all_;
  pruning pruning_;
};

} // namespace tieline
