#include "support/tcp_traffic.hpp"

// Not <netinet/tcp.h>, whose tcp_info ends before the counters of bytes.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace tieline::test {

namespace {

// As proc(5) numbers the states.
constexpr unsigned syn_sent = 2;

/// Calls `what` with each of this process's sockets that is connected to it.
template <class Function>
void for_each_connection(uint16_t port, Function what) {
  for (auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    auto fd = std::stoi(entry.path().filename());
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0
        && peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
      what(fd);
  }
}

} // namespace

uint64_t bytes_sent_to(uint16_t port) {
  uint64_t result = 0;
  for_each_connection(port, [&result](int fd) {
    tcp_info info{};
    socklen_t size = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
      result += info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
  });
  return result;
}

uint64_t bytes_unread_from(uint16_t port) {
  uint64_t result = 0;
  for_each_connection(port, [&result](int fd) {
    int size = 0;
    if (ioctl(fd, FIONREAD, &size) == 0)
      result += static_cast<uint64_t>(size);
  });
  return result;
}

size_t unanswered_syns(uint16_t port) {
  std::ifstream in{"/proc/self/net/tcp"};
  size_t result = 0;
  std::string line;
  std::getline(in, line); // the heading
  while (std::getline(in, line)) {
    unsigned peer = 0;
    unsigned state = 0;
    if (std::sscanf(line.c_str(), "%*s %*s %*8x:%x %x", &peer, &state) == 2
        && peer == port && state == syn_sent)
      ++result;
  }
  return result;
}

} // namespace tieline::test
