#pragma once

#include "tieline/messages/type_ids.hpp"

#include <caf/actor_system.hpp>

#include <set>
#include <string>

namespace tieline {

/// The version of what nodes say to each other, to be raised with each change
/// of what is in messages/.
constexpr int protocol_version = 1;

/// What nodes must have in common to understand each other: published beside
/// the interface of an actor, where a peer sees it before any message of ours
/// is sent.
inline std::string protocol() {
  return "tieline protocol " + std::to_string(protocol_version)
         + ", type ids from " + std::to_string(TIELINE_FIRST_TYPE_ID);
}

/// Returns why a published actor cannot be used as a `Handle`; empty if it can.
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
