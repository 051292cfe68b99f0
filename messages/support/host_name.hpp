#pragma once

#include <string>
#include <string_view>

namespace tieline {

/// Reads a host: a name, an IPv4 address, or an IPv6 address with or without
/// brackets, maybe with a zone. A name in another script is written in its
/// ASCII form (RFC 5890). Returns what is wrong; empty if nothing is.
std::string read_host(std::string_view text, std::string& host);

} // namespace tieline
