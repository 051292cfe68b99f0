#pragma once

#include <caf/actor_addr.hpp>

#include <string>

namespace tieline {

/// Returns who asks, for people: the name and number of an actor of this
/// process, at its node, or what CAF prints of another.
std::string caller_name(const caf::actor_addr& who);

} // namespace tieline
