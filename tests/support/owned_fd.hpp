#pragma once

#include <unistd.h>

#include <utility>

namespace tieline::test {

/// A file descriptor that closes itself.
class owned_fd {
public:
  explicit owned_fd(int fd = -1) noexcept : fd_(fd) {
    // nop
  }

  owned_fd(owned_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {
    // nop
  }

  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  ~owned_fd() {
    if (fd_ >= 0)
      close(fd_);
  }

  int get() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

} // namespace tieline::test
