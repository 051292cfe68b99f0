#pragma once

#include "tieline/actors/node/remote_connection.hpp"
#include "tieline/messages/internal/timer.hpp"
#include "tieline/messages/support/pruning.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <string>
#include <unordered_map>
#include <utility>

namespace tieline {

/// The stand-ins for connections that somebody still holds.
class stand_ins {
public:
  stand_ins(caf::actor_system& sys, timer_actor timer,
            caller_monitor_actor callers, std::string where)
    : sys_(sys),
      timer_(std::move(timer)),
      callers_(std::move(callers)),
      where_(std::move(where)) {
    // nop
  }

  /// Returns the stand-in for a connection, always the same while it is held.
  connection_actor of(const connection_actor& remote,
                      const connection_key& key) {
    if (!remote || remote.node() == sys_.node())
      return remote;
    pruning_.run(known_, [](const auto& x) { return !x.second.lock(); });
    auto& known = known_[remote.address()];
    if (auto held = known.lock())
      return caf::actor_cast<connection_actor>(held);
    auto made = spawn_remote_connection(sys_, timer_, callers_, remote, key,
                                        where_);
    known
      = caf::weak_actor_ptr{caf::actor_cast<caf::strong_actor_ptr>(made).get()};
    return made;
  }

  /// To be called when the link is a new one: actors of a node that is back
  /// have the addresses that they had, but those that we stood for are lost.
  void forget_all() {
    known_.clear();
  }

private:
  caf::actor_system& sys_;
  timer_actor timer_;
  caller_monitor_actor callers_;
  std::string where_;
  std::unordered_map<caf::actor_addr, caf::weak_actor_ptr> known_;
  pruning pruning_;
};

} // namespace tieline
