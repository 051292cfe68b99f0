#pragma once

#include "tieline/messages/errc.hpp"

#include <string>
#include <string_view>

namespace tieline::ssh {

/// Why a step failed, and what is to be told about it.
struct diagnosis {
  errc code;
  std::string cause;
};

/// Returns what a failed banner or key exchange means.
/// @param text libssh's error message
/// @param banner the server's banner; empty if there was none
/// @param peer_gone whether the connection is over
/// @param offer the packet by which we have told our algorithms (RFC 4253,
///        7.1); libssh's message cuts long lists off
diagnosis diagnose_key_exchange(const std::string& text,
                                const std::string& banner, bool peer_gone,
                                std::string_view offer = {});

/// Returns whether a session that is over was ended by its peer: closed, reset,
/// or by a disconnect message; and not, e.g., by the network or a bad packet.
/// @param text libssh's error message
bool is_end_by_peer(std::string_view text);

} // namespace tieline::ssh
