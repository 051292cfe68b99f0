#pragma once

#include "tieline/actors/cluster/peers.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/support/pruning.hpp"

#include <caf/actor_addr.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace tieline {

/// What listeners want to hear of all nodes. A node that cannot be reached is
/// told as soon as it can. Keeps no listener alive.
class cluster_subscriptions {
public:
  /// @param when, to of the same actor; are to live as long
  /// @param pause until a node is tried again
  cluster_subscriptions(timers& when, const peers& to, caf::timespan pause);

  cluster_subscriptions(const cluster_subscriptions&) = delete;

  cluster_subscriptions& operator=(const cluster_subscriptions&) = delete;

  /// Tells all nodes, on behalf of a caller; calls `done` when each has
  /// answered or failed.
  void add(const caf::strong_actor_ptr& caller, const listener_actor& who,
           selector what, std::function<void()> done);

  /// The same; `done` hears whether the listener was told of anything.
  void remove(const caf::strong_actor_ptr& caller, const listener_actor& who,
              std::function<void(bool)> done);

  /// A node has perhaps not heard of any.
  void tell_all(const std::string& node);

private:
  /// A node could not be told of what was added or removed.
  void not_told(const std::string& node, const caf::actor_addr& listener,
                const caf::error& reason);

  void tell(const std::string& node, const caf::actor_addr& listener);

  timers& timers_;
  const peers& peers_;
  caf::timespan pause_;
  std::map<caf::actor_addr, selector> wanted_;
  pruning pruning_;
  /// Nodes, and of whom they could not be told yet.
  std::set<std::pair<std::string, caf::actor_addr>> untold_;
};

} // namespace tieline
