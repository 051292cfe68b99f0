#pragma once

namespace tieline::test {

/// Moves this process into a network of its own that has nothing but loopback:
/// every other address is unreachable, and no name server answers. To be
/// called before any thread exists; throws where it is not permitted.
void enter_own_network();

/// As long as it lives, all packets in the process's own network vanish
/// without a word, as with a cable that was pulled.
class network_outage {
public:
  network_outage();

  network_outage(const network_outage&) = delete;

  network_outage& operator=(const network_outage&) = delete;

  ~network_outage();
};

} // namespace tieline::test
