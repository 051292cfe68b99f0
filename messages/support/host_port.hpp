#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// Returns `host:port`, with brackets around an IPv6 address.
std::string host_port(std::string_view host, uint16_t port);

/// Reads a host: a name, an IPv4 address, or an IPv6 address with or without
/// brackets, maybe with a zone. A name in another script is written in its
/// ASCII form (RFC 5890). Returns what is wrong; empty if nothing is.
std::string read_host(std::string_view text, std::string& host);

/// Reads `host:port` or `[host]:port`, where a host with colons needs brackets.
/// Returns what is wrong; empty if nothing is.
std::string read_host_port(std::string_view text, std::string& host,
                           uint16_t& port);

} // namespace tieline
