#pragma once

#include "tieline/messages/errc.hpp"
#include "tieline/transports/io/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tieline::io {

/// What became of a look-up: addresses in the order to try, or why there are
/// none.
struct resolution {
  std::vector<address> addresses;
  std::string error;
  /// Of the error: `errc::transport_failed` if it is this process that lacks
  /// something.
  errc code = errc::resolve_failed;
};

/// A name and the port of its addresses.
using host_and_port = std::pair<std::string, uint16_t>;

/// Remembers addresses for 30 s and failures for 1 s, of so many names; those
/// that it would forget first make room for others.
class address_cache {
public:
  using clock = std::chrono::steady_clock;

  using entry = std::shared_ptr<const resolution>;

  explicit address_cache(size_t capacity) : capacity_(capacity) {
    // nop
  }

  /// Returns null if nothing is known of the name.
  entry find(const host_and_port& name, clock::time_point now) const;

  void put(const host_and_port& name, entry found, clock::time_point now);

  /// Forgets a name that was found; a failure is kept for its second, so that a
  /// name server that is down is not asked by everybody.
  void drop(const host_and_port& name);

  size_t size() const noexcept {
    return entries_.size();
  }

private:
  using order = std::multimap<clock::time_point, host_and_port>;

  struct stored {
    entry found;
    order::iterator place;
  };

  void forget(order::iterator which);

  size_t capacity_;
  std::map<host_and_port, stored> entries_;
  /// By when to forget them.
  order order_;
};

} // namespace tieline::io
