#include "support/own_network.hpp"

#include "support/loopback_ports.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tieline::test {

void enter_own_network() {
  // Without root, a user namespace gives the right to have a network.
  auto flags = CLONE_NEWNET | (geteuid() == 0 ? 0 : CLONE_NEWUSER);
  if (unshare(flags) != 0)
    throw std::system_error(errno, std::generic_category(),
                            "a network namespace for the test");
  owned_fd any{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_flags = IFF_UP;
  if (ioctl(any.get(), SIOCSIFFLAGS, &loopback) != 0)
    throw std::system_error(errno, std::generic_category(), "loopback up");
}

} // namespace tieline::test
