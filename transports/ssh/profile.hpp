#pragma once

#include "tieline/messages/connection_params.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>

namespace tieline::ssh {

/// All that a session needs to know, checked.
struct profile {
  connection_key key;
  std::string host;
  uint16_t port = 22;
  std::string user;
  secret password;
  /// Text of a private key.
  secret private_key;
  secret passphrase;
  ssh_options options;
};

/// Returns the params as a profile, extras laid over `defaults`.
caf::expected<profile> make_profile(const connection_key& key,
                                    const connection_params& params,
                                    const ssh_options& defaults);

} // namespace tieline::ssh
