#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace tieline::io {

/// Where a TCP socket can connect to.
struct address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// Returns the address that `host` is the literal of, e.g. `192.0.2.1`,
/// `2001:db8::1` or `fe80::1%eth0`; none if it is a name. Never blocks.
std::optional<address> parse_address(const std::string& host, uint16_t port);

/// Returns the address as `host:port`, `[host]:port` for IPv6.
std::string to_string(const address& x);

} // namespace tieline::io
