#pragma once

#include "tieline/messages/type_ids.hpp"

#include <caf/actor_system.hpp>

#include <set>
#include <string>

namespace tieline {

/// The version of the messages between nodes. Raise it with each change of a
/// type in messages/.
constexpr int protocol_version = 4;

/// What nodes must have in common. It is published beside the interface of an
/// actor, so that a peer compares it before the first message.
inline std::string protocol() {
  return "tieline protocol " + std::to_string(protocol_version)
         + ", type ids from " + std::to_string(TIELINE_FIRST_TYPE_ID);
}

/// Returns why a published actor is not usable as a `Handle`; empty if it is.
/// @param published the names it was published with
template <class Handle>
std::string
why_not(const caf::actor_system& sys, const std::set<std::string>& published) {
  if (published.count(protocol()) == 0) {
    for (const auto& name : published)
      if (name.rfind("tieline protocol ", 0) == 0)
        return "another version of tieline: there is " + name + ", here is "
               + protocol();
    return "what is published there is not of tieline, or of a version before "
           + protocol();
  }
  if (!sys.assignable<Handle>(published))
    return "what is published there has not the interface that is asked for";
  return {};
}

} // namespace tieline
