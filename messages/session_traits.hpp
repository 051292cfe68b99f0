#pragma once

#include <cstdint>

namespace tieline {

/// What a session reports about itself when it is open.
struct session_traits {
  /// The number of requests that it can run at once. The connection queues
  /// further requests. Zero: any number.
  uint64_t concurrency = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, session_traits& x) {
    return f.object(x).fields(f.field("concurrency", x.concurrency));
  }
};

} // namespace tieline
