#pragma once

#include "support/owned_fd.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tieline::test {

/// Returns a TCP socket bound to a free port of `address`.
owned_fd bind_loopback(const std::string& address = "127.0.0.1");

uint16_t port_of(const owned_fd& bound);

/// Returns a port nobody listens on right now. Others may take it before the
/// caller does.
uint16_t free_port(const std::string& address = "127.0.0.1");

/// Returns a socket that is being connected to a port of 127.0.0.1.
owned_fd begin_connect(uint16_t port);

/// A port that refuses every connection: it is taken, but nobody listens.
class refused_port {
public:
  refused_port();

  uint16_t port() const noexcept {
    return port_;
  }

private:
  owned_fd bound_;
  uint16_t port_;
};

/// A listener whose accept queue is full: connecting never ends.
class black_hole {
public:
  black_hole();

  uint16_t port() const noexcept {
    return port_;
  }

private:
  owned_fd listener_;
  uint16_t port_;
  std::vector<owned_fd> fillers_;
};

} // namespace tieline::test
