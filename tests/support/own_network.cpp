#include "support/own_network.hpp"

#include "support/owned_fd.hpp"
#include "support/temp_dir.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace tieline::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

owned_fd any_socket() {
  return owned_fd{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
}

bool set_loopback(short flags) {
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = flags;
  return ioctl(any_socket().get(), SIOCSIFFLAGS, &loopback) == 0;
}

sockaddr as_address(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, text, &address.sin_addr);
  sockaddr result;
  std::memcpy(&result, &address, sizeof(result));
  return result;
}

// Packets to an address that is nobody's come back to us by the loopback
// device, and since we route nothing we drop them. They need a sender's address
// from outside of 127.0.0.0/8 for that.
void add_dropping_address() {
  auto any = any_socket();
  ifreq alias{};
  std::strcpy(alias.ifr_name, "lo:1");
  alias.ifr_addr = as_address("198.51.100.1");
  if (ioctl(any.get(), SIOCSIFADDR, &alias) != 0)
    fail("an address for the test's network");
  char device[] = "lo";
  rtentry route{};
  route.rt_dst = as_address(dropping_address);
  route.rt_genmask = as_address("255.255.255.255");
  route.rt_flags = RTF_UP | RTF_HOST;
  route.rt_dev = device;
  if (ioctl(any.get(), SIOCADDRT, &route) != 0)
    fail("a route for the test's network");
}

// A host file of our own covers the machine's, in a mount namespace of our own.
void add_two_addresses() {
  temp_dir dir;
  auto own = dir.write("hosts", read_file("/etc/hosts") + "\n127.0.0.1 "
                                  + two_addresses + "\n127.0.0.2 "
                                  + two_addresses + "\n");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
      || mount(own.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0)
    fail("a host file for the test's network");
}

} // namespace

void enter_own_network() {
  static bool entered = false;
  if (std::exchange(entered, true))
    return;
  auto user = std::to_string(geteuid());
  auto group = std::to_string(getegid());
  auto is_root = geteuid() == 0;
  // Without root, a user namespace gives the right to have a network.
  if (unshare(CLONE_NEWNET | CLONE_NEWNS | (is_root ? 0 : CLONE_NEWUSER)) != 0)
    fail("a network namespace for the test");
  if (!is_root) {
    // Who we were before; user_namespaces(7) on the order.
    write_file("/proc/self/uid_map", user + " " + user + " 1");
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/gid_map", group + " " + group + " 1");
  }
  if (!set_loopback(IFF_UP))
    fail("loopback up");
  add_dropping_address();
  add_two_addresses();
}

network_outage::network_outage() {
  if (!set_loopback(0))
    fail("loopback down");
}

network_outage::~network_outage() {
  set_loopback(IFF_UP);
}

} // namespace tieline::test
