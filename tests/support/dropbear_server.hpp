#pragma once

#include "support/private_accounts.hpp"
#include "support/process.hpp"
#include "support/ssh_keys.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tieline::test {

/// Debian's dropbear on a loopback port of its own. It needs what
/// private_accounts needs, and drops whoever opens more than 5 connections
/// from one address before logging in.
class dropbear_server {
public:
  /// Returns once it accepts connections; throws with its words if not.
  explicit dropbear_server(const std::vector<std::string>& more_arguments = {});

  const std::string& address() const noexcept {
    return address_;
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

  /// Returns the line for its host key.
  std::string known_hosts() const;

  /// Lets whoever has this key log in, from the next login on.
  void authorize(const key_files& key);

  /// Returns the processes that serve sessions, commands included.
  std::vector<pid_t> session_processes() const;

  /// Sends a signal to all of session_processes.
  void signal_sessions(int number) const;

  /// Returns what it logged so far.
  std::string log() const;

private:
  bool start_on(uint16_t port, const std::vector<std::string>& more_arguments);

  std::string address_ = "127.0.0.1";
  temp_dir dir_;
  private_accounts accounts_;
  std::string host_key_;
  uint16_t port_ = 0;
  child_process process_;
};

} // namespace tieline::test
