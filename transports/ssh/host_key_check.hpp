#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/transports/ssh/known_hosts.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <string>
#include <vector>

namespace tieline::ssh {

/// What is to be done about the key that a server presents.
struct host_key_check {
  enum class action {
    trust,
    /// Add it to known_hosts, then rule again.
    add,
    refuse,
  };

  action what;
  /// Of a refusal.
  errc code = errc::none;
  std::string cause;
};

/// Rules on a presented key.
/// @param place where known_hosts has the host, for people
host_key_check check_host_key(const host_key& presented,
                              const std::vector<known_key>& known,
                              host_key_policy policy, const std::string& place);

} // namespace tieline::ssh
