#pragma once

#include "support/openssh_server.hpp"
#include "support/outcome.hpp"
#include "support/transport_client.hpp"

#include <tieline/messages/interfaces.hpp>

#include <cstdint>
#include <string>

namespace tieline::test {

/// An actor system with the ssh plugin.
class ssh_client : public transport_client {
public:
  ssh_client();
};

/// An sshd, and what its users hold: a key that may log in and a known_hosts
/// file with the host's keys.
class ssh_fixture {
public:
  explicit ssh_fixture(openssh_options options = {});

  openssh_server server;
  temp_dir dir;
  key_files key;
  std::string known_hosts;

  /// Returns params without any credential, for a host whose key is known.
  connection_params params() const;

  connection_params with_key() const;

  connection_params with_password() const;
};

/// Returns options with these lines of sshd_config.
openssh_options configured(std::map<std::string, std::string> config);

/// Returns params of `user` for a host of which nothing is known.
connection_params params_of(const std::string& address, uint16_t port,
                            const std::string& user);

/// Returns a request to run `command`.
request command(std::string command);

} // namespace tieline::test
