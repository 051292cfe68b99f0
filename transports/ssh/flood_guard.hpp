#pragma once

#include "tieline/transports/io/poller.hpp"

#include <cstdint>

namespace tieline::ssh {

/// Decides when a peer has sent too much that is of no use to anybody: answers
/// to nothing, requests that are refused, SSH_MSG_IGNORE. It may send 4 MiB at
/// once and 64 KiB a second, which is far more than keepalives, new keys and
/// padding take.
class flood_guard {
public:
  using time_point = io::clock::time_point;

  explicit flood_guard(time_point now) : since_(now) {
    // nop
  }

  /// Returns whether it is too much.
  /// @param received all bytes that the peer has sent so far
  /// @param useful how many of them were of use
  bool judge(time_point now, uint64_t received, uint64_t useful);

private:
  time_point since_;
  // Useless bytes that are not forgotten yet, as of `since_`.
  double level_ = 0;
  uint64_t useless_ = 0;
};

} // namespace tieline::ssh
