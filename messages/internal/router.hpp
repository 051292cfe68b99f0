#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/resolver.hpp"

#include <caf/typed_actor.hpp>

namespace tieline {

/// The router as the connections that it gives away see it.
using route_keeper_actor = resolver_actor::extend<
  // The sender, which stood for the key, is closed for good.
  caf::result<void>(closed_atom, connection_key)>;

/// A connection that follows its key, as its router sees it.
using routed_connection_actor = connection_actor::extend<
  // This is where the connection is now.
  caf::result<void>(put_atom, connection_actor),
  // The same, after it was opened with these params.
  caf::result<void>(put_atom, connection_actor, connection_params),
  // The key was closed.
  caf::result<void>(closed_atom)>;

/// A router with the messages from its own node.
using full_router_actor = router_actor::extend_with<route_keeper_actor>::
  extend_with<view_listener_actor>::extend_with<trouble_listener_actor>::extend<
    // Sets the name, address and weight by which the cluster knows the node.
    caf::result<void>(put_atom, cluster_node)>;

} // namespace tieline
