#pragma once

#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/resolver.hpp"
#include "tieline/transports/io/worker_pool.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace tieline::http {

/// What the sessions of one factory share. Ends with the last of them and the
/// factory, whichever is later.
struct helpers {
  explicit helpers(caf::actor_system& sys)
    : poller(io::poller::make()),
      resolver(sys),
      files(sys, 4) {
    // nop
  }

  std::shared_ptr<io::poller> poller;
  io::resolver resolver;
  /// For reading certificates, keys and tokens.
  io::worker_pool files;
};

} // namespace tieline::http
