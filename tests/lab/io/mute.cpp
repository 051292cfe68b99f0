#include "mute.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

namespace tieline::lab {

mute::mute(unique_fd socket, std::string text)
  : socket_(std::move(socket)),
    text_(std::move(text)) {
  // nop
}

bool mute::advance(std::uint32_t events) {
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    return false;
  if (text_.empty())
    return true;
  auto n = send(fd(), text_.data(), text_.size(), MSG_NOSIGNAL);
  if (n > 0)
    text_.erase(0, static_cast<std::size_t>(n));
  return n >= 0 || errno == EAGAIN;
}

std::uint32_t mute::interest() const {
  return EPOLLRDHUP | (text_.empty() ? 0u : EPOLLOUT);
}

clock::time_point mute::wake_at() const {
  return clock::time_point::max();
}

int mute::fd() const {
  return socket_.get();
}

void mute::prepare(hang_up how) {
  if (how == hang_up::reset)
    reset_on_close(fd());
}

} // namespace tieline::lab
