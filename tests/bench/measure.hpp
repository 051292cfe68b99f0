#pragma once

#include "contender.hpp"

namespace tieline::bench {

/// What one run took.
struct measurement {
  double wall_seconds = 0;
  /// User and system time of the client process alone.
  double cpu_seconds = 0;
  size_t succeeded = 0;
  /// Threads at work, the main one included.
  size_t threads = 0;
};

/// Has a process of its own run `who`, so that neither the server nor another
/// run counts. Throws if it dies.
measurement measure(const contender& who, const target& where, size_t sessions);

} // namespace tieline::bench
