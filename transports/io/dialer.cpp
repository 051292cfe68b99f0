#include "tieline/transports/io/dialer.hpp"

#include "tieline/messages/support/text.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace tieline::io {

namespace {

void set(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof(value));
}

void tune(int fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer that vanished without a word while nothing was under way to it is
  // noticed within 90 s, by the kernel. No TCP_USER_TIMEOUT for the rest: it
  // would also end a connection whose peer lives but does not read for a while.
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

/// Returns whether this machine has no way to such an address, as to ::1
/// without IPv6: that says nothing of the host.
bool is_lack_of_a_way(int code) {
  return code == EAFNOSUPPORT || code == EADDRNOTAVAIL || code == ENETUNREACH;
}

} // namespace

dialer::~dialer() {
  if (fd_ >= 0)
    close(fd_);
}

dialer::progress dialer::advance() {
  if (fd_ < 0)
    return dial_next();
  pollfd query{fd_, POLLOUT, 0};
  if (poll(&query, 1, 0) == 0) {
    if (clock::now() < attempt_deadline_)
      return progress::waiting;
    give_up(ETIMEDOUT);
    return dial_next();
  }
  int code = 0;
  socklen_t length = sizeof(code);
  if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &length) != 0)
    code = errno;
  if (code == 0)
    return progress::connected;
  give_up(code);
  return dial_next();
}

int dialer::release() noexcept {
  return std::exchange(fd_, -1);
}

dialer::progress dialer::dial_next() {
  while (next_ < addresses_.size()) {
    auto now = clock::now();
    attempt_deadline_
      = now
        + (deadline_ - now)
            / static_cast<clock::duration::rep>(addresses_.size() - next_);
    const auto& to = addresses_[next_++];
    fd_ = socket(to.storage.ss_family,
                 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
      give_up(errno);
      continue;
    }
    tune(fd_);
    if (from_
        && bind(fd_, reinterpret_cast<const sockaddr*>(&from_->storage),
                from_->length)
             != 0) {
      give_up(from_->storage.ss_family == to.storage.ss_family ? errno
                                                               : EAFNOSUPPORT);
      continue;
    }
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&to.storage), to.length)
        == 0)
      return progress::connected;
    if (errno == EINPROGRESS)
      return progress::waiting;
    give_up(errno);
  }
  return progress::failed;
}

void dialer::give_up(int code) {
  if (fd_ >= 0)
    close(std::exchange(fd_, -1));
  if (error_ == 0 || !is_lack_of_a_way(code))
    error_ = code;
  if (!report_.empty())
    report_ += "; ";
  report_ += to_string(addresses_[next_ - 1]) + ' ' + errno_message(code);
}

} // namespace tieline::io
