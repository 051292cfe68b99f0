#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Is told what is in the way of the membership of its node: for instance what
/// the store has answered, and since when. An empty error: nothing is.
using trouble_listener_actor
  = caf::typed_actor<caf::result<void>(explain_atom, caf::error)>;

/// Knows the nodes of a cluster and the owner of each shard of the key space.
/// Each node has one.
using coordinator_actor = caf::typed_actor<
  // Claims a shard for this node if it has no owner. Answers the name of its
  // owner after that.
  caf::result<std::string>(acquire_atom, uint32_t),
  // Releases a shard of which no session is open here any more.
  caf::result<void>(release_atom, uint32_t),
  // Returns the name of the owner of a shard; empty if it has none.
  caf::result<std::string>(caf::get_atom, uint32_t),
  // Publishes the name, address and weight of this node to the cluster.
  caf::result<void>(put_atom, cluster_node),
  // Requests an early look at the nodes, because they seem to have changed.
  caf::result<void>(probe_atom),
  // Sends the listener the view and each new one. A second listener replaces
  // the first.
  caf::result<void>(caf::subscribe_atom, view_listener_actor)>;

} // namespace tieline
