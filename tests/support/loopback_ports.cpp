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

sockaddr_in loopback_address(const std::string& address, uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1)
    fail("inet_pton");
  return result;
}

} // namespace

owned_fd bind_loopback(const std::string& address) {
  owned_fd result{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto where = loopback_address(address, 0);
  if (bind(result.get(), as_generic(where), sizeof(where)) != 0)
    fail("bind");
  return result;
}

uint16_t port_of(const owned_fd& bound) {
  return ntohs(own_address(bound.get()).sin_port);
}

uint16_t free_port(const std::string& address) {
  return port_of(bind_loopback(address));
}

owned_fd begin_connect(uint16_t port) {
  owned_fd result{
    socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  auto target = loopback_address("127.0.0.1", port);
  if (connect(result.get(), as_generic(target), sizeof(target)) != 0
      && errno != EINPROGRESS)
    fail("connect");
  return result;
}

refused_port::refused_port() : bound_(bind_loopback()), port_(port_of(bound_)) {
  // nop
}

black_hole::black_hole()
  : listener_(bind_loopback()),
    port_(port_of(listener_)) {
  if (listen(listener_.get(), 0) != 0)
    fail("listen");
  // The queue of a backlog of 0 takes one; the rest keeps it full.
  for (int i = 0; i < 4; ++i)
    fillers_.push_back(begin_connect(port_));
}

} // namespace tieline::test
