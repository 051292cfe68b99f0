#pragma once

#include "fleet/inventory.hpp"

#include <tieline/transports/ssh/ssh_config.hpp>

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace fleet {

/// The files of ssh_config(5) that apply to the hosts.
class ssh_config {
public:
  /// Reads them.
  /// @param choice a file; `none`; or nothing for `~/.ssh/config` and
  ///        `/etc/ssh/ssh_config`, as far as they exist
  /// @param plugin netconf has a port of its own, whatever files say
  /// @throws usage_error if one of them is wrong
  ssh_config(const std::string& choice, const std::string& plugin);

  /// Returns them as the setting `tieline.ssh.config-file` has them.
  std::string setting() const;

  /// Returns a line for each file that has something that is not supported.
  /// @param all also for the system's file, which has such on each Debian
  std::vector<std::string> unsupported(bool all) const;

  /// Prints `USER@ADDRESS:PORT GROUPS` of a host, then how it is reached: each
  /// value with the line of the file that says so.
  /// @throws usage_error if the files make no sense for the host
  void show_way(std::ostream& out, const host& x) const;

  /// Returns what the files set for a host, each with its place; nothing if
  /// they make no sense for it.
  std::vector<std::string> configured(const host& x) const;

private:
  caf::expected<std::vector<tieline::ssh_config_value>>
  look_up(const host& x) const;

  std::vector<std::string> paths_;
  std::optional<uint16_t> port_;
  tieline::ssh_config files_;
};

} // namespace fleet
