#pragma once

#include "tieline/transports/io/address_cache.hpp"
#include "tieline/transports/io/worker_pool.hpp"

#include <caf/actor_addr.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tieline::io {

/// Finds the addresses of host names with getaddrinfo(3), which blocks, on the
/// threads of a @ref worker_pool. Names of one zone, which may hang together,
/// take at most a quarter of the threads.
/// Asking again while a name is looked up or within 30 s does not look it up
/// again; failures are remembered for 1 s.
class resolver {
public:
  using callback = std::function<void(const resolution&)>;

  /// Looks up one name; may block.
  using function = std::function<resolution(const host_and_port&)>;

  resolver();

  /// @param look_up instead of getaddrinfo(3)
  explicit resolver(function look_up);

  /// Calls `done` in the context of `asker` when the result is there.
  void lookup(std::string host, uint16_t port, caf::actor_addr asker,
              callback done);

  /// Has the next one who asks look the name up again: what was found is of no
  /// use.
  void forget(const std::string& host, uint16_t port);

private:
  class state;

  std::shared_ptr<state> state_;
  worker_pool workers_;
};

} // namespace tieline::io
