#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/action.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <functional>
#include <mutex>
#include <utility>

namespace tieline::io {

/// Runs `f` in the context of the actor, unless that has ended.
template <class F>
void post(const caf::actor_addr& to, F f) {
  if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(to))
    compat::post(ptr, caf::make_action(std::move(f)));
}

/// An actor that only runs the functions it is given, one after the other.
/// Spawned with the first of them; ends with this object, dropping what is
/// left to run. Any thread may use it.
class strand {
public:
  enum class kind {
    /// On CAF's scheduler: for what is quick.
    scheduled,
    /// On a thread of its own: for what may block.
    detached,
  };

  strand(caf::actor_system& sys, kind where) : sys_(sys), where_(where) {
    // nop
  }

  strand(const strand&) = delete;

  strand& operator=(const strand&) = delete;

  ~strand();

  /// Runs `f` on the strand. It must not throw.
  void run(std::function<void()> f);

private:
  caf::actor_system& sys_;
  kind where_;
  std::once_flag spawned_;
  caf::actor actor_;
};

} // namespace tieline::io
