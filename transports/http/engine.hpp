#pragma once

#include "tieline/messages/internal/forwarded_stream.hpp"
#include "tieline/transports/io/poller.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline::http {

/// The transfers of one session with its connections: a multi handle of
/// libcurl, fed by a poller. Lives in the session's actor. libcurl is never
/// called from within one of its callbacks.
class engine {
public:
  struct finished {
    CURL* handle;
    CURLcode code;
  };

  /// @param on_wake called in the owner's context when @ref run has something
  ///        to do
  /// @param connect connects a stream to the host, for sockets that go through
  ///        a jump host; none: they connect by themselves
  engine(std::shared_ptr<io::poller> where, caf::actor_addr owner,
         uint64_t max_connections, std::function<void()> on_wake,
         std::function<void(shared_stream)> connect = nullptr);

  engine(const engine&) = delete;

  engine& operator=(const engine&) = delete;

  ~engine();

  /// Has the sockets of a transfer made and closed through this engine. To be
  /// called before `add`.
  void adopt(CURL* handle);

  /// Starts a transfer. Returns false if libcurl refuses.
  bool add(CURL* handle);

  /// Ends a transfer, finished or not.
  void remove(CURL* handle);

  /// Does what can be done now without waiting; returns what has ended.
  std::vector<finished> run();

  /// Returns why the jump host has ended a stream, once for each; empty if it
  /// has ended none.
  caf::error take_hop_error();

  /// When @ref run has something to do even if no socket is ready.
  io::clock::time_point deadline() const noexcept {
    return deadline_;
  }

  /// Returns whether the system or libcurl let it down: nothing goes on.
  bool broken() const noexcept {
    return broken_;
  }

  /// Closes all connections. All transfers must have been removed. The watches
  /// stay, since one of them may be what called us.
  void shut();

private:
  struct slot {
    std::unique_ptr<io::registration> registration;
    int fd = -1;
    /// What libcurl waits for, in words of epoll(7); zero: nothing.
    uint32_t events = 0;
    /// Whether the poller knows of it.
    bool armed = false;
    /// Whether the poller has ever known this descriptor.
    bool attached = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*);

  static int on_timer(CURLM*, long timeout_ms, void* self);

  static curl_socket_t open_socket(void* self, curlsocktype,
                                   curl_sockaddr* address);

  static int close_socket(void* self, curl_socket_t fd);

  curl_socket_t open_by_hop(curl_sockaddr& address);

  void take_far_ends();

  slot& slot_of(int fd);

  void expect(slot& x, uint32_t events);

  void arm(slot& x);

  void act(curl_socket_t fd);

  std::shared_ptr<io::poller> poller_;
  caf::actor_addr owner_;
  std::function<void()> on_wake_;
  std::function<void(shared_stream)> connect_;
  /// Sockets of libcurl, and what they are to connect to.
  std::vector<std::pair<int, int>> listeners_;
  /// By their sockets; -1: libcurl has closed it.
  std::vector<std::pair<int, shared_stream>> streams_;
  CURLM* multi_ = nullptr;
  std::vector<std::unique_ptr<slot>> slots_;
  std::vector<slot*> free_;
  std::unordered_map<int, slot*> by_fd_;
  std::vector<int> ready_;
  io::clock::time_point deadline_ = io::never;
  bool broken_ = false;
};

} // namespace tieline::http
