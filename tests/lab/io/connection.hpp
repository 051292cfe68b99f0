#pragma once

#include "hang_up.hpp"

#include <chrono>
#include <cstdint>

namespace tieline::lab {

using clock = std::chrono::steady_clock;

/// One accepted connection, driven by a worker.
class connection {
public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  /// Closes the connection.
  virtual ~connection() = default;

  /// Does what can be done without waiting. `events` are epoll's. Returns
  /// whether the connection goes on.
  virtual bool advance(std::uint32_t events) = 0;

  /// Returns what to wait for, in epoll's terms.
  virtual std::uint32_t interest() const = 0;

  /// Returns when to advance even without an event.
  virtual clock::time_point wake_at() const = 0;

  /// Returns the socket; -1 once it is closed.
  virtual int fd() const = 0;

  /// Does what must be done before the connection is destroyed this way.
  virtual void prepare(hang_up how) = 0;
};

/// Makes closing this socket a reset.
void reset_on_close(int fd);

/// Makes it send without waiting for acknowledgments.
void send_at_once(int fd);

} // namespace tieline::lab
