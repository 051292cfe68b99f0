#pragma once

#include "tieline/transports/io/address.hpp"
#include "tieline/transports/io/strand.hpp"
#include "tieline/transports/io/worker_pool.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tieline::io {

/// What became of a look-up: addresses in the order to try, or why there are
/// none.
struct resolution {
  std::vector<address> addresses;
  std::string error;
};

/// Finds the addresses of host names with getaddrinfo(3), on up to four
/// threads of its own since that blocks: a name server that hangs delays the
/// names that wait for it, and others only when four such names hang at once.
/// Asking again while a name is looked up or within 30 s does not look it up
/// again; failures are remembered for 1 s.
class resolver {
public:
  explicit resolver(caf::actor_system& sys);

  /// Calls `done` in the context of `asker` when the result is there.
  void lookup(std::string host, uint16_t port, caf::actor_addr asker,
              std::function<void(const resolution&)> done);

private:
  class state;

  std::shared_ptr<state> state_;
  std::shared_ptr<strand> strand_;
};

} // namespace tieline::io
