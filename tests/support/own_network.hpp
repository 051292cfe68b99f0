#pragma once

namespace tieline::test {

/// In a network of one's own, all packets to this address vanish without a
/// word, as behind a firewall that drops them.
constexpr auto dropping_address = "203.0.113.1";

/// In a network of one's own, the name of a host with two addresses: 127.0.0.1,
/// then 127.0.0.2.
constexpr auto two_addresses = "two-addresses.test";

/// Moves this process into a network of its own that has nothing but
/// loopback and @ref dropping_address, and that knows @ref two_addresses: every
/// other address is unreachable, and no name server answers. To be called
/// before any thread exists; throws where it is not permitted.
void enter_own_network();

/// A global fixture for suites that need one: for outages that nobody else
/// shares, and ports and addresses that nobody else takes.
struct own_network {
  own_network() {
    enter_own_network();
  }
};

/// As long as it lives, all packets in the process's own network vanish
/// without a word, as with a cable that was pulled. @ref dropping_address is
/// lost by it.
class network_outage {
public:
  network_outage();

  network_outage(const network_outage&) = delete;

  network_outage& operator=(const network_outage&) = delete;

  ~network_outage();
};

} // namespace tieline::test
