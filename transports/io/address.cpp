#include "tieline/transports/io/address.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>

namespace tieline::io {

std::optional<address> parse_address(const std::string& host, uint16_t port) {
  address result;
  sockaddr_in v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&result.storage, &v4, sizeof(v4));
    result.length = sizeof(v4);
    return result;
  }
  sockaddr_in6 v6{};
  auto percent = host.find('%');
  if (inet_pton(AF_INET6, host.substr(0, percent).c_str(), &v6.sin6_addr) != 1)
    return std::nullopt;
  if (percent != std::string::npos) {
    v6.sin6_scope_id = if_nametoindex(host.c_str() + percent + 1);
    if (v6.sin6_scope_id == 0)
      return std::nullopt;
  }
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&result.storage, &v6, sizeof(v6));
  result.length = sizeof(v6);
  return result;
}

std::string to_string(const address& x) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (x.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &x.storage, sizeof(v4));
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return std::string{text} + ':' + std::to_string(ntohs(v4.sin_port));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &x.storage, sizeof(v6));
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  return '[' + std::string{text} + "]:" + std::to_string(ntohs(v6.sin6_port));
}

} // namespace tieline::io
