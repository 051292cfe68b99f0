#include "support/fault_listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <list>
#include <utility>
#include <vector>

namespace tieline::test {

namespace {

using clock = std::chrono::steady_clock;

struct victim {
  owned_fd peer;
  size_t said = 0;
  clock::time_point next = clock::now();
};

void reset_on_close(int fd) {
  linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

// Returns false when it is over with this one.
bool treat(victim& x, const fault_script& script) {
  char ignored[4096];
  auto got = recv(x.peer.get(), ignored, sizeof(ignored), MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN))
    return false;
  if (clock::now() < x.next)
    return true;
  if (x.said == script.says.size() && script.repeats)
    x.said = 0;
  if (x.said < script.says.size()) {
    auto size = script.says.size() - x.said;
    if (script.chunk > 0)
      size = std::min(size, script.chunk);
    auto sent = send(x.peer.get(), script.says.data() + x.said, size,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
      return errno == EAGAIN;
    x.said += static_cast<size_t>(sent);
    x.next = clock::now() + script.pause;
    return true;
  }
  if (script.then == fault_script::ending::reset)
    reset_on_close(x.peer.get());
  return script.then == fault_script::ending::keep;
}

} // namespace

fault_listener::fault_listener(fault_script script)
  : script_(std::move(script)),
    listener_(bind_loopback()),
    port_(port_of(listener_)),
    stop_(eventfd(0, EFD_CLOEXEC)) {
  listen(listener_.get(), SOMAXCONN);
  thread_ = std::thread{[this] { serve(); }};
}

fault_listener::~fault_listener() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

void fault_listener::serve() {
  std::list<victim> victims;
  for (;;) {
    std::vector<pollfd> fds{{stop_.get(), POLLIN, 0},
                            {listener_.get(), POLLIN, 0}};
    // Those whose script goes on are served by the clock below.
    auto busy = false;
    for (auto& x : victims) {
      fds.push_back({x.peer.get(), POLLIN, 0});
      busy = busy || script_.repeats
             || script_.then != fault_script::ending::keep
             || x.said < script_.says.size();
    }
    poll(fds.data(), fds.size(), busy ? 1 : -1);
    if (fds[0].revents != 0)
      return;
    if (fds[1].revents != 0) {
      owned_fd peer{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      if (peer.get() >= 0)
        victims.push_back({std::move(peer)});
    }
    victims.remove_if([this](victim& x) { return !treat(x, script_); });
  }
}

} // namespace tieline::test
