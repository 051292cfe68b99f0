#pragma once

#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/relay.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/support/pruning.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

namespace tieline {

/// The listeners of this node at a manager of another one. The manager is told
/// of a relay in the place of each, so that a listener ends with its last
/// handle as it would on one node.
class remote_subscriptions {
public:
  /// What has to stay until an answer comes.
  using keepsake = std::shared_ptr<owned<listener_actor>>;

  explicit remote_subscriptions(caf::actor_system& sys) : sys_(sys) {
    // nop
  }

  /// Adds a listener, or what it wants now, and puts its relay in its place.
  void add(listener_actor& who, const selector& wanted) {
    if (!who)
      return;
    pruning_.run(all_, [](const auto& x) { return !is_alive(x.first); });
    auto& here = all_[who.address()];
    if (!here.relay)
      here.relay = owned{spawn_relay<listener_actor>(sys_, who.address())};
    here.wanted = wanted;
    who = here.relay.get();
  }

  /// Takes a listener out, and puts its relay in its place. The relay still has
  /// to tell what comes before the answer; null if there is none.
  keepsake take(listener_actor& who) {
    auto i = who ? all_.find(who.address()) : all_.end();
    if (i == all_.end())
      return nullptr;
    who = i->second.relay.get();
    auto result
      = std::make_shared<owned<listener_actor>>(std::move(i->second.relay));
    all_.erase(i);
    return result;
  }

  bool erase(const caf::actor_addr& who) {
    return all_.erase(who) != 0;
  }

  /// Returns whether nobody listens any more.
  bool empty() const {
    return std::none_of(all_.begin(), all_.end(),
                        [](const auto& x) { return is_alive(x.first); });
  }

  /// Calls `f(relay, wanted)` for each.
  template <class F>
  void each(F f) {
    for (auto& [addr, theirs] : all_)
      if (is_alive(addr))
        f(theirs.relay.get(), theirs.wanted);
  }

private:
  struct subscription {
    owned<listener_actor> relay;
    selector wanted;
  };

  static bool is_alive(const caf::actor_addr& who) {
    return static_cast<bool>(caf::actor_cast<listener_actor>(who));
  }

  caf::actor_system& sys_;
  std::unordered_map<caf::actor_addr, subscription> all_;
  pruning pruning_;
};

} // namespace tieline
