#include "listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace tieline::lab {

namespace {

constexpr int backlog = 4096;

sockaddr_in endpoint(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1)
    throw std::invalid_argument("not an IPv4 address: '" + address + "'");
  return result;
}

[[noreturn]] void fail(const std::string& address, std::uint16_t port) {
  throw std::system_error(errno, std::generic_category(),
                          "lab: cannot listen on " + address + ":"
                            + std::to_string(port));
}

unique_fd new_socket() {
  return unique_fd{
    ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

unique_fd bound_socket(const std::string& address, std::uint16_t port) {
  auto where = endpoint(address, port);
  auto result = new_socket();
  int on = 1;
  if (result.get() < 0
      || setsockopt(result.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0
      || bind(result.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where))
           < 0)
    fail(address, port);
  return result;
}

std::uint16_t port_of(const unique_fd& socket) {
  sockaddr_in where{};
  socklen_t size = sizeof(where);
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&where), &size);
  return ntohs(where.sin_port);
}

} // namespace

unique_fd::~unique_fd() {
  if (fd_ >= 0)
    ::close(fd_);
}

listener::listener(const std::string& address, std::uint16_t port)
  : address_(address),
    port_(port),
    socket_(bound_socket(address, port)) {
  if (port == 0) {
    // Only a socket bound to an explicit port keeps it when it stops listening.
    port_ = port_of(socket_);
    socket_ = bound_socket(address, port_);
  }
  if (listen(socket_.get(), backlog) < 0)
    fail(address_, port_);
}

void listener::become(mode next) {
  if (next == mode_)
    return;
  // Stops listening and resets whom nobody has accepted, fillers included.
  if (mode_ != mode::refused)
    shutdown(socket_.get(), SHUT_RDWR);
  fillers_.clear();
  mode_ = mode::refused;
  if (next == mode::refused)
    return;
  if (listen(socket_.get(), next == mode::open ? backlog : 0) < 0)
    fail(address_, port_);
  mode_ = next;
  if (next == mode::black_hole)
    fill_backlog();
}

void listener::fill_backlog() {
  // A backlog of 0 holds one connection; the others make sure.
  auto where = endpoint(address_, port_);
  for (int i = 0; i < 4; ++i) {
    fillers_.push_back(new_socket());
    if (connect(fillers_.back().get(), reinterpret_cast<sockaddr*>(&where),
                sizeof(where))
          < 0
        && errno != EINPROGRESS)
      fail(address_, port_);
  }
}

int listener::accept() const noexcept {
  auto fd = ::accept4(socket_.get(), nullptr, nullptr,
                      SOCK_NONBLOCK | SOCK_CLOEXEC);
  int on = 1;
  if (fd >= 0)
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

} // namespace tieline::lab
