#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/transports/io/worker_pool.hpp"
#include "tieline/transports/ssh/known_hosts.hpp"

#include <caf/actor_addr.hpp>

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
  /// Of the error: `errc::transport_failed` if it is this process that lacks
  /// something.
  errc code = errc::invalid_params;
};

/// Owns the known_hosts files: each is read once, and again when it has
/// changed; only this writes to them. Runs on threads of its own, one for a
/// file.
class host_key_store {
public:
  host_key_store();

  /// Calls `done` in the context of `asker` with the host's keys.
  void find(std::string path, std::string host, uint16_t port,
            caf::actor_addr asker, std::function<void(const known_keys&)> done);

  /// Appends a key to the file, unless the host has keys there by now. Calls
  /// `done` in the context of `asker` with the keys that the host then has.
  void add(std::string path, std::string host, uint16_t port, host_key key,
           caf::actor_addr asker, std::function<void(const known_keys&)> done);

private:
  class files;

  std::shared_ptr<files> files_;
  io::worker_pool workers_;
};

} // namespace tieline::ssh
