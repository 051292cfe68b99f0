#include "tieline/transports/io/diagnosis.hpp"

#include <cerrno>

namespace tieline::io {

errc diagnose_connect(int error) {
  switch (error) {
    case ECONNREFUSED:
      return errc::refused;
    case ECONNRESET: // right after the connect
      return errc::connection_lost;
    case ETIMEDOUT:
      return errc::timeout;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return errc::transport_failed;
    default:
      return errc::unreachable;
  }
}

} // namespace tieline::io
