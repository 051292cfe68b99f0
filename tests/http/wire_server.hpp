#pragma once

#include "support/owned_fd.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace tieline::test {

/// One connection of a wire_server, for its handler. Whatever fails, fails
/// because the peer or the server is gone, and says so by false.
class wire {
public:
  explicit wire(int fd) : fd_(fd) {
    // nop
  }

  /// Returns the next request's header, with its last empty line; empty if
  /// the peer is gone.
  std::string request();

  bool say(std::string_view text) const;

  /// Looks at bytes that are to be handed on; false ends both connections.
  using filter = std::function<bool(bool from_peer, std::string_view bytes)>;

  /// Hands all bytes to and from a port of 127.0.0.1 until either side ends.
  void relay_to(uint16_t port, const filter& pass = nullptr) const;

  /// Waits until the peer has closed its side; what it sends is dropped.
  void wait_for_end() const;

  /// Ends the connection with an RST.
  void reset() const;

private:
  int fd_;
  std::string rest_;
};

/// A loopback server that speaks whatever its handler speaks: for peers that
/// break HTTP. The handler runs on a thread per connection and gets its number,
/// from 0; the connection closes when it returns.
class wire_server {
public:
  using handler = std::function<void(wire&, int)>;

  explicit wire_server(handler how);

  wire_server(const wire_server&) = delete;

  wire_server& operator=(const wire_server&) = delete;

  /// Ends all connections.
  ~wire_server();

  uint16_t port() const noexcept {
    return port_;
  }

private:
  struct peer {
    owned_fd fd;
    std::thread thread;
  };

  void serve();

  handler how_;
  owned_fd listener_;
  uint16_t port_;
  std::mutex mutex_;
  bool over_ = false;
  std::list<peer> peers_;
  std::thread thread_;
};

/// Returns an answer of HTTP/1.1 with its content.
std::string answer(std::string_view content, std::string_view status = "200 OK",
                   std::string_view more_headers = {});

} // namespace tieline::test
