#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tieline::lab {

/// What can go wrong with a device. Faults can be combined; those that come
/// earlier in a connection's life win.
enum class fault {
  refuse,             ///< the port is closed: connection refused
  black_hole,         ///< the backlog is full: SYNs are dropped
  freeze,             ///< no reads, writes or accepts, as SIGSTOP would do
  close_at_once,      ///< accepts and closes
  reset_at_once,      ///< accepts and resets (RST)
  hang_before_banner, ///< accepts and says nothing
  garbage_banner,     ///< 10 kB without a newline instead of a banner
  wrong_host_key,     ///< presents another key than the one it announces
  reject_logins,      ///< denies every login
  slow_login,         ///< amount: milliseconds before a login is answered
  odd_keepalive,      ///< meets keepalives with what is no answer to them
  refuse_channels,    ///< refuses to open channels, keeps the session
  drop_on_exec,       ///< closes the connection when exec arrives
  hang_in_exec,       ///< never answers an exec request
  slow_command,       ///< amount: milliseconds before a command's output
  drop_after_bytes,   ///< amount: bytes of output in a session, then closes
};

/// How many faults there are.
constexpr std::size_t fault_count = 16;

/// Returns the fault's name as the lab program spells it: `slow-login`.
std::string_view to_string(fault what);

/// Returns the fault of that name, or nothing.
std::optional<fault> fault_from(std::string_view name);

} // namespace tieline::lab
