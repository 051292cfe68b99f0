#include "tieline/actors/runtime/caller_name.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/local_actor.hpp>

namespace tieline {

std::string caller_name(const caf::actor_addr& who) {
  auto text = to_string(who);
  auto alive = caf::actor_cast<caf::strong_actor_ptr>(who);
  if (!alive)
    return text;
  // Of an actor of another node only a proxy is here, which has no name.
  auto* here = dynamic_cast<caf::local_actor*>(
    caf::actor_cast<caf::abstract_actor*>(alive));
  return here == nullptr ? text : here->name() + ('#' + text);
}

} // namespace tieline
