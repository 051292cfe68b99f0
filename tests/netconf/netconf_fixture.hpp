#pragma once

#include "ssh/ssh_fixture.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/transport_client.hpp"

#include <tieline/transports/netconf/netconf.hpp>

#include <string>
#include <vector>

namespace tieline::test {

/// The namespace of the module that the servers have: a container `things` with
/// a list `thing` of `name` and `value`.
constexpr auto things_ns = "urn:tieline:things";

/// Debian's netconfd (yuma123) behind an sshd of its own.
class netconf_fixture {
public:
  /// @param options more of netconfd's, e.g. `--target=candidate`
  /// @throws if it is not installed (and says what to install), or with its
  ///         words if it does not start
  explicit netconf_fixture(std::vector<std::string> options
                           = {"--target=running"},
                           openssh_options ssh = {});

  /// Returns params to log in with.
  connection_params params() const {
    return ssh_.with_key();
  }

  const openssh_server& sshd() const noexcept {
    return ssh_.server;
  }

  /// Kills netconfd, and so all of its sessions.
  void kill();

  /// Stops netconfd from doing anything, or lets it go on.
  void freeze(bool frozen);

  std::string log() const;

private:
  temp_dir dir_;
  ssh_fixture ssh_;
  child_process process_;
};

/// An actor system with the plugin.
class netconf_client : public transport_client {
public:
  explicit netconf_client(netconf_options options = {});
};

/// Returns XML of a thing, for a config.
std::string thing(const std::string& name, const std::string& value);

} // namespace tieline::test
