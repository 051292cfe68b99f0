#pragma once

#include "tieline/transports/netconf/capabilities.hpp"
#include "tieline/transports/netconf/framing.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tieline::netconf {

/// The first message of each side (RFC 6241, 8.1).
struct hello {
  capabilities can;
  /// The number that the server has given the session, 1 to 4294967295. A
  /// client's hello has none, nor have those of some servers.
  std::optional<uint32_t> session_id;
};

/// Which side a hello comes from.
enum class side : uint8_t { client, server };

/// Returns the hello as XML, not framed yet.
std::string make_hello(const hello& x);

/// Reads the hello of the other side, also if its elements are in another
/// namespace than they should be (see @ref is_base), or in none.
/// @returns an `errc::protocol_error` if it is none, or has a session-id though
///          it is a client's.
caf::expected<hello> read_hello(std::string_view text, side from);

/// Returns how the messages behind the hellos are framed: in chunks if both
/// sides know NETCONF 1.1, the old way if both know 1.0; `errc::unsupported` if
/// they have no version in common, which says what we do not offer.
caf::expected<framing> choose_framing(const capabilities& ours,
                                      const capabilities& theirs);

} // namespace tieline::netconf
