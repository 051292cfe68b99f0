#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/action.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>

#include <utility>

namespace tieline::io {

/// Runs `f` in the context of the actor, unless that has ended.
template <class F>
void post(const caf::actor_addr& to, F f) {
  if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(to))
    compat::post(ptr, caf::make_action(std::move(f)));
}

/// Returns whether the actor has not ended yet.
inline bool alive(const caf::actor_addr& who) {
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(who);
  return ptr && !ptr->get()->getf(caf::abstract_actor::is_terminated_flag);
}

} // namespace tieline::io
