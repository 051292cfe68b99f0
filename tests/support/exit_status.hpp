#pragma once

#include <libssh/libssh.h>

#include <cstdint>

namespace tieline::test {

/// Returns the exit status of a channel's command, or -1 if there is none. May
/// block on a blocking session.
inline int exit_status(ssh_channel channel) {
#if LIBSSH_VERSION_INT >= SSH_VERSION_INT(0, 11, 0)
  uint32_t result = 0;
  auto rc = ssh_channel_get_exit_state(channel, &result, nullptr, nullptr);
  return rc == SSH_OK ? static_cast<int>(result) : -1;
#else
  // Deprecated by the other one in 0.11.
  return ssh_channel_get_exit_status(channel);
#endif
}

} // namespace tieline::test
