#include "http/wire_server.hpp"

#include "support/loopback_ports.hpp"

#include <poll.h>
#include <sys/socket.h>

namespace tieline::test {

std::string wire::request() {
  constexpr std::string_view end = "\r\n\r\n";
  for (;;) {
    if (auto pos = rest_.find(end); pos != std::string::npos) {
      auto result = rest_.substr(0, pos + end.size());
      rest_.erase(0, pos + end.size());
      return result;
    }
    char buffer[4096];
    auto got = recv(fd_, buffer, sizeof(buffer), 0);
    if (got <= 0)
      return {};
    rest_.append(buffer, static_cast<size_t>(got));
  }
}

bool wire::say(std::string_view text) const {
  while (!text.empty()) {
    auto sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    text.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void wire::relay_to(uint16_t port, const filter& pass) const {
  auto other = begin_connect(port);
  pollfd fds[] = {{fd_, POLLIN, 0}, {other.get(), POLLIN, 0}};
  char buffer[4096];
  for (;;) {
    poll(fds, 2, -1);
    for (int i = 0; i < 2; ++i) {
      if (fds[i].revents == 0)
        continue;
      auto got = recv(fds[i].fd, buffer, sizeof(buffer), 0);
      if (got <= 0
          || (pass && !pass(i == 0, {buffer, static_cast<size_t>(got)}))
          || send(fds[1 - i].fd, buffer, static_cast<size_t>(got), MSG_NOSIGNAL)
               != got)
        return;
    }
  }
}

void wire::wait_for_end() const {
  char buffer[4096];
  while (recv(fd_, buffer, sizeof(buffer), 0) > 0)
    continue;
}

void wire::reset() const {
  linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

wire_server::wire_server(handler how)
  : how_(std::move(how)),
    listener_(bind_loopback()),
    port_(port_of(listener_)) {
  listen(listener_.get(), SOMAXCONN);
  thread_ = std::thread{[this] { serve(); }};
}

wire_server::~wire_server() {
  {
    std::lock_guard guard{mutex_};
    over_ = true;
    shutdown(listener_.get(), SHUT_RDWR);
    for (auto& x : peers_)
      if (x.fd.get() >= 0)
        shutdown(x.fd.get(), SHUT_RDWR);
  }
  thread_.join();
  for (auto& x : peers_)
    x.thread.join();
}

void wire_server::serve() {
  for (int number = 0;; ++number) {
    owned_fd fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    std::lock_guard guard{mutex_};
    if (over_ || fd.get() < 0)
      return;
    peers_.push_back({std::move(fd), {}});
    auto& x = peers_.back();
    x.thread = std::thread{[this, &x, number] {
      wire peer{x.fd.get()};
      how_(peer, number);
      std::lock_guard guard{mutex_};
      x.fd = owned_fd{};
    }};
  }
}

std::string answer(std::string_view content, std::string_view status,
                   std::string_view more_headers) {
  return "HTTP/1.1 " + std::string{status}
         + "\r\nContent-Length: " + std::to_string(content.size()) + "\r\n"
         + std::string{more_headers} + "\r\n" + std::string{content};
}

} // namespace tieline::test
