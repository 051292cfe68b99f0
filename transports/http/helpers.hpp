#pragma once

#include "tieline/transports/credentials/credential_resolver.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/resolver.hpp"
#include "tieline/transports/io/worker_pool.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tieline::http {

/// What the sessions of one factory share. Ends with the last of them and the
/// factory, whichever is later.
struct helpers {
  helpers(caf::actor_system& sys, std::optional<tieline::credentials> known)
    : credentials(
      sys, {"password", "token", "client_key", "passphrase", "proxy_password"},
      std::move(known)),
      poller(io::poller::shared()) {
    // nop
  }

  credential_resolver credentials;
  std::shared_ptr<io::poller> poller;
  io::resolver resolver;
  /// For reading certificates, keys and tokens.
  io::worker_pool files;
};

} // namespace tieline::http
