#pragma once

#include "cluster/cluster_fixture.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tieline::test {

/// A cluster of the nodes a and b.
struct two_nodes : cluster_fixture {
  two_nodes() : cluster_fixture(ab) {
    // nop
  }

  router_actor router(const std::string& name) {
    return (*this)[name].router;
  }

  /// No node knows of any other, or of itself.
  void nobody_takes_keys() {
    tell_all({});
  }

  /// Ends a node's router in good order.
  void stop(const std::string& name) {
    caf::anon_send_exit((*this)[name].router, caf::exit_reason::user_shutdown);
    settle();
    advance(std::chrono::minutes{2});
  }
};

/// What a listener was told.
using heard = std::shared_ptr<std::vector<lifecycle_event>>;

/// Spawns a listener that keeps all that it is told.
inline listener_actor listen(caf::actor_system& sys, heard to) {
  return sys.spawn(
    [to](listener_actor::pointer) -> listener_actor::behavior_type {
      return {[to](const lifecycle_event& x) { to->push_back(x); }};
    });
}

} // namespace tieline::test
