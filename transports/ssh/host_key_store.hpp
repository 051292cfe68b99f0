#pragma once

#include "tieline/transports/io/strand.hpp"
#include "tieline/transports/ssh/known_hosts.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tieline::ssh {

/// The keys of one host, or why the file cannot be read.
struct known_keys {
  std::vector<known_key> keys;
  std::string error;
};

/// Owns the known_hosts files: each is read once, and again when it has
/// changed; only this writes to them. Runs on a thread of its own.
class host_key_store {
public:
  explicit host_key_store(caf::actor_system& sys);

  /// Calls `done` in the context of `asker` with the host's keys.
  void find(std::string path, std::string host, uint16_t port,
            caf::actor_addr asker, std::function<void(const known_keys&)> done);

  /// Appends a key to the file, unless the host has keys there by now. Calls
  /// `done` in the context of `asker` with the keys that the host then has.
  void add(std::string path, std::string host, uint16_t port, host_key key,
           caf::actor_addr asker, std::function<void(const known_keys&)> done);

private:
  class state;

  std::shared_ptr<state> state_;
  std::unique_ptr<io::strand> strand_;
};

} // namespace tieline::ssh
