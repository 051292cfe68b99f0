#pragma once

#include "tieline/messages/connection_params.hpp"
#include "tieline/transports/ssh/ssh_config_value.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tieline {

/// Files of ssh_config(5) as sessions of the ssh plugin with
/// ssh_options::config_file read them, for showing what they say. Commands of
/// `Match exec` are not run. For one thread at a time.
class ssh_config {
public:
  /// Reads the files, with all that they include. Blocks.
  /// @param paths of each keyword the first value holds; a leading `~/` is the
  ///        home folder of the user
  explicit ssh_config(std::vector<std::string> paths);

  ssh_config(ssh_config&& other) noexcept;

  ssh_config& operator=(ssh_config&& other) noexcept;

  ~ssh_config();

  /// Returns what is wrong with the files, after file and line; empty if
  /// nothing is.
  std::string wrong() const;

  /// Returns a line for each file that has keywords or conditions that OpenSSH
  /// knows and tieline does not support:
  /// `PATH: not supported: ForwardAgent (line 3), SendEnv (line 7)`.
  std::vector<std::string> unsupported() const;

  /// Returns what the files say for a host: first HostName, User and Port, then
  /// the others, as far as they are supported. Each IdentityFile and
  /// CertificateFile has an entry of its own.
  /// @param username takes precedence over the files unless it is empty
  /// @returns an `errc::invalid_params` if the files make no sense, for this
  ///          host at least
  caf::expected<std::vector<ssh_config_value>>
  look_up(const std::string& hostname, const std::string& username = {},
          std::optional<uint16_t> port = std::nullopt) const;

private:
  class implementation;

  std::unique_ptr<implementation> impl_;
};

/// Returns the jump hosts that a value of ProxyJump names, nearest first, for
/// connection_params::via. The key of each has the plugin `ssh`, and for a host
/// name what the value calls it.
/// @param value `[user@]host[:port]` with commas between them
/// @param common has, in its extras, the files that are to be read for them
/// @returns an `errc::invalid_params` if the value is none
caf::expected<std::vector<hop>>
jump_hosts(const std::string& value, const connection_params& common = {});

} // namespace tieline
