#pragma once

#include <caf/timespan.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Ends waits of other threads, once and for all.
class interrupt {
public:
  interrupt();

  interrupt(const interrupt&) = delete;

  interrupt& operator=(const interrupt&) = delete;

  ~interrupt();

  void fire() const noexcept;

  /// Returns a descriptor that can be read once it was fired; negative if the
  /// system had none left.
  int fd() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

/// Looks for an address of a host that takes TCP connections at a port, each of
/// its addresses in turn. Blocks for `patience` at most, but for the time that
/// the look-up of a name takes.
/// @param address set to the first that does, in numbers
/// @returns what is wrong; empty if one was found
std::string find_reachable(const std::string& host, uint16_t port,
                           caf::timespan patience, const interrupt& stop,
                           std::string& address);

} // namespace tieline
