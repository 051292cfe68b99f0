#pragma once

#include "support/private_accounts.hpp"
#include "support/process.hpp"
#include "support/ssh_keys.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tieline::test {

struct openssh_options {
  std::string address = "127.0.0.1";
  std::vector<std::string> host_key_types{"ed25519"};
  /// Lines of sshd_config, added to ours or instead of ours.
  std::map<std::string, std::string> config;
  /// Behind all else, e.g. `Match` blocks.
  std::string config_tail;
  private_accounts::options accounts = {};
  /// What runs its command elsewhere, e.g. far_network::wrapper.
  std::vector<std::string> wrapper = {};
};

/// Debian's sshd on a loopback port of its own, with its own keys, config and
/// accounts. Key logins work always; password logins need what
/// private_accounts needs. Keyboard-interactive logins ask for the same
/// password and take `UsePAM yes` with `KbdInteractiveAuthentication yes`.
class openssh_server {
public:
  /// Returns once it accepts connections; throws with sshd's words if not.
  explicit openssh_server(openssh_options options = {});

  const std::string& address() const noexcept {
    return options_.address;
  }

  uint16_t port() const noexcept {
    return port_;
  }

  const std::string& login() const noexcept {
    return accounts_.login();
  }

  const std::string& password() const {
    return accounts_.password();
  }

  /// Who has an empty password.
  const std::string& guest() const {
    return accounts_.guest();
  }

  const key_files& host_key(std::string_view type = "ed25519") const;

  /// Returns a line for each host key.
  std::string known_hosts() const;

  /// Lets whoever has this key log in, from the next login on.
  void authorize(const key_files& key);

  /// Lets whoever has a certificate of this authority for its user log in.
  void trust_authority(const key_files& key);

  /// Returns the processes that serve sessions, commands included.
  std::vector<pid_t> session_processes() const;

  /// Returns those of them that run a program of this name.
  std::vector<pid_t> session_processes(const std::string& program) const;

  /// Sends a signal to all of session_processes.
  void signal_sessions(int number) const;

  /// Sends a signal to the process that accepts connections, and to no session.
  void signal_listener(int number) const;

  /// Kills it and all of its sessions.
  void stop();

  /// Starts it on its old port after a stop; throws with sshd's words if it
  /// cannot.
  void start_again();

  /// Returns what it logged so far, since the last start.
  std::string log() const;

private:
  bool start_on(uint16_t port);

  openssh_options options_;
  temp_dir dir_;
  private_accounts accounts_;
  std::map<std::string, key_files, std::less<>> host_keys_;
  uint16_t port_ = 0;
  child_process process_;
};

} // namespace tieline::test
