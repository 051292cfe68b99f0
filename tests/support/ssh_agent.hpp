#pragma once

#include "support/loopback_ports.hpp"
#include "support/process.hpp"
#include "support/ssh_keys.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <thread>

namespace tieline::test {

/// OpenSSH's agent on a socket of its own.
class ssh_agent {
public:
  ssh_agent();

  const std::string& socket() const noexcept {
    return socket_;
  }

  /// Adds a key that has no passphrase.
  void add(const key_files& key) const;

private:
  temp_dir dir_;
  std::string socket_;
  child_process process_;
};

/// Stands between a client and an agent and misbehaves.
class broken_agent {
public:
  enum class fault {
    /// Takes connections and requests, answers nothing.
    mute,
    /// Lists the agent's keys, then closes instead of signing.
    dies_before_signing,
  };

  broken_agent(fault what, const ssh_agent& real);

  broken_agent(const broken_agent&) = delete;

  broken_agent& operator=(const broken_agent&) = delete;

  ~broken_agent();

  const std::string& socket() const noexcept {
    return socket_;
  }

private:
  void serve();

  void serve_one(int client) const;

  fault what_;
  std::string real_;
  temp_dir dir_;
  std::string socket_;
  owned_fd listener_;
  /// Readable once the thread shall end.
  owned_fd stop_;
  std::thread thread_;
};

} // namespace tieline::test
