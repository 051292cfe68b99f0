#pragma once

#include "tieline/messages/connection_params.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tieline::ssh {

/// The jump hosts that ProxyJump of files of ssh_config(5) leads to. Each host
/// has a say in how it is reached itself, so the chain grows towards us.
class proxy_chain {
public:
  /// @param target the host that is to be reached
  explicit proxy_chain(const connection_params& target);

  /// Puts hops before those that are there.
  /// @param value `[user@]host[:port]` with commas between them
  /// @returns what is wrong; empty if nothing is
  std::string prepend(std::string_view value);

  /// Returns the nearest hop; only if there is one.
  const connection_params& nearest() const {
    return hops_.front().params;
  }

  const std::vector<hop>& hops() const noexcept {
    return hops_;
  }

private:
  hop make_hop(std::string_view text) const;

  /// What hops have in common with the target: files to read, no login.
  connection_params common_;
  std::string target_;
  std::vector<hop> hops_;
};

} // namespace tieline::ssh
