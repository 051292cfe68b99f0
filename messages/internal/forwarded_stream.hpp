#pragma once

#include <caf/error.hpp>

#include <atomic>
#include <memory>

namespace tieline {

/// The far end of a stream through a jump host, as two sessions of one process
/// share it: that of the jump host, which takes the socket, and that of the
/// host behind it, which hears from here why the stream has ended.
class forwarded_stream {
public:
  /// Takes a socket. What is written to its peer goes to the host.
  explicit forwarded_stream(int fd) noexcept : fd_(fd) {
    // nop
  }

  forwarded_stream(const forwarded_stream&) = delete;

  forwarded_stream& operator=(const forwarded_stream&) = delete;

  ~forwarded_stream();

  /// Gives the socket away; returns -1 if somebody else has taken it.
  int take() noexcept {
    return fd_.exchange(-1);
  }

  /// Notes that the jump host has been lost. To be called before the socket is
  /// closed.
  void end(caf::error why);

  /// Returns why the jump host was lost; empty if it was not.
  caf::error lost() const;

private:
  std::atomic<int> fd_;
  std::shared_ptr<const caf::error> why_;
};

using shared_stream = std::shared_ptr<forwarded_stream>;

} // namespace tieline
