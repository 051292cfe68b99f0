#include "support/loopback_ports.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace tieline::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr* as_generic(sockaddr_in& x) {
  return reinterpret_cast<sockaddr*>(&x);
}

sockaddr_in own_address(int fd) {
  sockaddr_in result{};
  socklen_t size = sizeof(result);
  if (getsockname(fd, as_generic(result), &size) != 0)
    fail("getsockname");
  return result;
}

} // namespace

owned_fd bind_loopback(const std::string& address) {
  owned_fd result{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in where{};
  where.sin_family = AF_INET;
  if (inet_pton(AF_INET, address.c_str(), &where.sin_addr) != 1
      || bind(result.get(), as_generic(where), sizeof(where)) != 0)
    fail("bind");
  return result;
}

uint16_t port_of(const owned_fd& bound) {
  return ntohs(own_address(bound.get()).sin_port);
}

uint16_t free_port(const std::string& address) {
  return port_of(bind_loopback(address));
}

refused_port::refused_port() : bound_(bind_loopback()), port_(port_of(bound_)) {
  // nop
}

black_hole::black_hole()
  : listener_(bind_loopback()),
    port_(port_of(listener_)) {
  if (listen(listener_.get(), 0) != 0)
    fail("listen");
  auto target = own_address(listener_.get());
  // The queue of a backlog of 0 takes one; the rest keeps it full.
  for (int i = 0; i < 4; ++i) {
    fillers_.emplace_back(
      socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect(fillers_.back().get(), as_generic(target), sizeof(target)) != 0
        && errno != EINPROGRESS)
      fail("connect");
  }
}

} // namespace tieline::test
