#pragma once

#include "support/loopback_ports.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace tieline::test {

/// What a fault_listener does to whoever connects. As it is: it stays silent
/// and keeps the connection.
struct fault_script {
  enum class ending { keep, close, reset };

  /// Said to each, from the start.
  std::string says;
  /// At most this many bytes at a time; zero: all there is room for.
  size_t chunk = 0;
  /// Between two of them.
  std::chrono::milliseconds pause{0};
  /// Whether it is said again and again.
  bool repeats = false;
  /// What comes after all is said.
  ending then = ending::keep;
};

/// A loopback listener with one thread that treats every connection by its
/// script, whatever the peer sends, until it ends.
class fault_listener {
public:
  explicit fault_listener(fault_script script);

  fault_listener(const fault_listener&) = delete;

  fault_listener& operator=(const fault_listener&) = delete;

  ~fault_listener();

  uint16_t port() const noexcept {
    return port_;
  }

private:
  void serve();

  fault_script script_;
  owned_fd listener_;
  uint16_t port_;
  /// Readable once the thread shall end.
  owned_fd stop_;
  std::thread thread_;
};

} // namespace tieline::test
