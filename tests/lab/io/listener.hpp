#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tieline::lab {

/// Owns a file descriptor.
class unique_fd {
public:
  unique_fd() = default;
  explicit unique_fd(int fd) noexcept : fd_(fd) {
  }
  unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {
  }
  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd();

  int get() const noexcept {
    return fd_;
  }
  int release() noexcept {
    return std::exchange(fd_, -1);
  }

private:
  int fd_ = -1;
};

/// The listening socket of a device: it keeps its port whatever happens.
class listener {
public:
  /// What a connecting client meets.
  enum class mode {
    open,       ///< is accepted
    refused,    ///< gets a RST
    black_hole, ///< gets no answer: the backlog is full
  };

  /// Binds and listens. Port 0: the system chooses.
  /// @throws std::system_error
  listener(const std::string& address, std::uint16_t port);

  std::uint16_t port() const noexcept {
    return port_;
  }
  int fd() const noexcept {
    return socket_.get();
  }
  mode now() const noexcept {
    return mode_;
  }

  /// @throws std::system_error
  void become(mode next);

  /// Returns a non-blocking connection; -1 when there is none (see errno).
  int accept() const noexcept;

private:
  void fill_backlog();

  std::string address_;
  std::uint16_t port_;
  unique_fd socket_;
  mode mode_ = mode::open;
  std::vector<unique_fd> fillers_; // own connections that nobody accepts
};

} // namespace tieline::lab
