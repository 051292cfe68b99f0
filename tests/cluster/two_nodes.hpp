#pragma once

#include "cluster/cluster_fixture.hpp"

#include <chrono>
#include <string>

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

} // namespace tieline::test
