#pragma once

namespace tieline::lab {

/// How a device ends a session.
enum class hang_up {
  disconnect, ///< says goodbye (SSH_MSG_DISCONNECT)
  close,      ///< closes the connection without a word (FIN)
  reset,      ///< resets the connection (RST)
};

} // namespace tieline::lab
