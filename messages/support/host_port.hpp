#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// Returns `host:port`, with brackets around an IPv6 address.
std::string host_port(std::string_view host, uint16_t port);

/// Reads `host:port` or `[host]:port`, where a host with colons needs brackets.
/// Returns what is wrong; empty if nothing is.
std::string read_host_port(std::string_view text, std::string& host,
                           uint16_t& port);

} // namespace tieline
