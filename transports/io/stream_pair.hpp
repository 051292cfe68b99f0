#pragma once

#include "tieline/messages/internal/forwarded_stream.hpp"

#include <sys/socket.h>

#include <array>
#include <memory>

namespace tieline::io {

/// A stream that is to go through a jump host: a pair of sockets, of which one
/// is used as if it were connected to the host.
struct stream_pair {
  /// Who makes the pair owns it; -1: the system has no descriptor left.
  int near = -1;
  shared_stream far;
};

inline stream_pair make_stream_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                 ends.data())
      != 0)
    return {};
  return {ends[0], std::make_shared<forwarded_stream>(ends[1])};
}

} // namespace tieline::io
