#pragma once

#include "tieline/transports/io/address.hpp"
#include "tieline/transports/io/poller.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline::io {

/// Connects a TCP socket to the first of several addresses that answers,
/// without blocking. Who uses it waits until the socket is writable.
class dialer {
public:
  enum class progress {
    /// Wait until `fd()` is writable or `attempt_deadline()` is over.
    waiting,
    connected,
    /// No address is left; see `error()`.
    failed,
  };

  /// @param from the address to connect from; an address of another family is
  ///        out of reach then
  dialer(std::vector<address> addresses, clock::time_point deadline,
         std::optional<address> from = std::nullopt)
    : addresses_(std::move(addresses)),
      deadline_(deadline),
      from_(from) {
    // nop
  }

  dialer(const dialer&) = delete;

  dialer& operator=(const dialer&) = delete;

  ~dialer();

  /// Starts, or goes on after a wake-up. The socket may be another one then.
  progress advance();

  int fd() const noexcept {
    return fd_;
  }

  /// When the next address gets its turn: what is left of the time is shared
  /// evenly, so that one address that swallows packets does not take it all.
  clock::time_point attempt_deadline() const noexcept {
    return attempt_deadline_;
  }

  /// Gives the connected socket away.
  int release() noexcept;

  /// Returns the errno of the last address that failed, of those that this
  /// machine has a way to if there are any.
  int error() const noexcept {
    return error_;
  }

  /// Returns what became of each address, for people.
  const std::string& report() const noexcept {
    return report_;
  }

private:
  progress dial_next();

  void give_up(int code);

  std::vector<address> addresses_;
  clock::time_point deadline_;
  std::optional<address> from_;
  clock::time_point attempt_deadline_ = never;
  // Index of the address after the one being dialed.
  size_t next_ = 0;
  int fd_ = -1;
  int error_ = 0;
  std::string report_;
};

} // namespace tieline::io
