#pragma once

#include "tieline/messages/plugin_traits.hpp"
#include "tieline/transports/credentials/credential_resolver.hpp"
#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/io/resolver.hpp"
#include "tieline/transports/io/worker_pool.hpp"
#include "tieline/transports/ssh/config_store.hpp"
#include "tieline/transports/ssh/hang_ups.hpp"
#include "tieline/transports/ssh/host_key_store.hpp"
#include "tieline/transports/ssh/keys.hpp"
#include "tieline/transports/ssh/login_memory.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tieline::ssh {

/// What the sessions of one factory share. Ends with the last of them and the
/// factory, whichever is later.
struct helpers {
  helpers(caf::actor_system& sys, plugin_traits plugin,
          std::optional<tieline::credentials> known)
    : traits(std::move(plugin)),
      credentials(sys, {"password", "private_key", "passphrase"},
                  std::move(known)),
      poller(io::poller::shared()) {
    // nop
  }

  plugin_traits traits;
  credential_resolver credentials;
  std::shared_ptr<io::poller> poller;
  io::resolver resolver;
  key_loader keys;
  host_key_store host_keys;
  login_memory logins;
  config_store configs;
  std::shared_ptr<hang_ups> known_hang_ups = std::make_shared<hang_ups>();
  /// For what waits for SSH agents.
  io::worker_pool agents;
};

} // namespace tieline::ssh
