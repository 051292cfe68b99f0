#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Knows the nodes of a cluster, and which shard of the key space is whose. One
/// on each node.
using coordinator_actor = caf::typed_actor<
  // Makes a shard this node's own if it is nobody's; answers the name of its
  // owner then.
  caf::result<std::string>(acquire_atom, uint32_t),
  // Gives a shard back: nothing of it is open here any more.
  caf::result<void>(release_atom, uint32_t),
  // Answers the name of a shard's owner; empty if it has none.
  caf::result<std::string>(caf::get_atom, uint32_t),
  // Tells the cluster of this node, or what has changed of it.
  caf::result<void>(put_atom, cluster_node),
  // Looks again soon: something seems to have changed.
  caf::result<void>(probe_atom),
  // Tells of the view, and of each new one. A second listener replaces the
  // first.
  caf::result<void>(caf::subscribe_atom, view_listener_actor)>;

} // namespace tieline
