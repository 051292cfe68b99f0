#include "tieline/actors/node/reachable.hpp"

#include "tieline/messages/support/text.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>

namespace tieline {

namespace {

using steady_clock = std::chrono::steady_clock;

/// Returns zero, or the errno that says why not.
int try_connect(const addrinfo& to, steady_clock::time_point until,
                const interrupt& stop) {
  auto fd = socket(to.ai_family, to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   to.ai_protocol);
  if (fd < 0)
    return errno;
  auto error = connect(fd, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
  while (error == EINPROGRESS || error == EINTR) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      until - steady_clock::now());
    pollfd both[] = {{fd, POLLOUT, 0}, {stop.fd(), POLLIN, 0}};
    constexpr int64_t longest = 3'600'000;
    auto n = poll(
      both, 2, static_cast<int>(std::clamp<int64_t>(left.count(), 0, longest)));
    if (n < 0) {
      error = errno;
    } else if (both[1].revents != 0) {
      error = ECANCELED;
    } else if (both[0].revents != 0) {
      socklen_t size = sizeof(error);
      if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
      break;
    } else if (steady_clock::now() >= until) {
      error = ETIMEDOUT;
    }
  }
  close(fd);
  return error;
}

} // namespace

interrupt::interrupt() : fd_(eventfd(0, EFD_CLOEXEC)) {
  // nop
}

interrupt::~interrupt() {
  if (fd_ >= 0)
    close(fd_);
}

void interrupt::fire() const noexcept {
  uint64_t one = 1;
  if (fd_ >= 0 && write(fd_, &one, sizeof(one)) < 0)
    return;
}

std::string find_reachable(const std::string& host, uint16_t port,
                           caf::timespan patience, const interrupt& stop,
                           std::string& address) {
  // A year is as good as for ever.
  constexpr caf::timespan longest = std::chrono::hours{24 * 365};
  auto until = steady_clock::now() + std::min(patience, longest);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  auto failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints,
                            &found);
  if (failed != 0)
    return gai_strerror(failed);
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> all{found, freeaddrinfo};
  auto count = 0;
  for (auto* x = found; x != nullptr; x = x->ai_next)
    ++count;
  auto error = EADDRNOTAVAIL;
  for (auto* x = found; x != nullptr; x = x->ai_next) {
    // None may use up the time of those that follow.
    auto now = steady_clock::now();
    error = try_connect(*x, now + (until - now) / count--, stop);
    char text[NI_MAXHOST];
    if (error == 0
        && getnameinfo(x->ai_addr, x->ai_addrlen, text, sizeof(text), nullptr,
                       0, NI_NUMERICHOST)
             == 0) {
      address = text;
      return {};
    }
  }
  return errno_message(error);
}

} // namespace tieline
