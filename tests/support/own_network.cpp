#include "support/own_network.hpp"

#include "support/owned_fd.hpp"
#include "support/temp_dir.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace tieline::test {

namespace {

bool set_loopback(short flags) {
  owned_fd any{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_flags = flags;
  return ioctl(any.get(), SIOCSIFFLAGS, &loopback) == 0;
}

} // namespace

void enter_own_network() {
  auto user = std::to_string(geteuid());
  auto group = std::to_string(getegid());
  auto is_root = geteuid() == 0;
  // Without root, a user namespace gives the right to have a network.
  if (unshare(CLONE_NEWNET | (is_root ? 0 : CLONE_NEWUSER)) != 0)
    throw std::system_error(errno, std::generic_category(),
                            "a network namespace for the test");
  if (!is_root) {
    // Who we were before; user_namespaces(7) on the order.
    write_file("/proc/self/uid_map", user + " " + user + " 1");
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/gid_map", group + " " + group + " 1");
  }
  if (!set_loopback(IFF_UP))
    throw std::system_error(errno, std::generic_category(), "loopback up");
}

network_outage::network_outage() {
  if (!set_loopback(0))
    throw std::system_error(errno, std::generic_category(), "loopback down");
}

network_outage::~network_outage() {
  set_loopback(IFF_UP);
}

} // namespace tieline::test
