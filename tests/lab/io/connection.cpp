#include "connection.hpp"

#include <sys/socket.h>

namespace tieline::lab {

void reset_on_close(int fd) {
  linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

} // namespace tieline::lab
