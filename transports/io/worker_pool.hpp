#pragma once

#include "tieline/transports/io/strand.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace tieline::io {

/// Runs jobs that may block on a few threads of their own, spawned when
/// needed; further jobs wait their turn. A job that hangs takes one of the
/// threads away, no more. Any thread may use it.
class worker_pool {
public:
  worker_pool(caf::actor_system& sys, size_t max_workers);

  ~worker_pool();

  /// Runs `job` on one of the threads, then `done` elsewhere: what that asks
  /// for next finds the thread free again. Neither may throw.
  void run(std::function<void()> job, std::function<void()> done = {});

private:
  class state;

  // Declared last to end first: what it still runs finds the state alive.
  std::shared_ptr<state> state_;
  std::shared_ptr<strand> strand_;
};

} // namespace tieline::io
