#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/supervisor.hpp"

#include <caf/typed_actor.hpp>

namespace tieline {

/// A member with the messages from its own node.
using full_member_actor = member_actor::extend_with<view_listener_actor>::
  extend_with<caller_opener_actor>::extend_with<trouble_listener_actor>::extend<
    // Sets the name, address and weight by which the cluster knows the node.
    caf::result<void>(put_atom, cluster_node)>;

} // namespace tieline
