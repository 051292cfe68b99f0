#pragma once

#include <cstdint>

namespace tieline {

/// What a session tells of itself once it is open.
struct session_traits {
  /// Requests that it can run at once; the connection keeps further ones.
  /// Zero: any number.
  uint64_t concurrency = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, session_traits& x) {
    return f.object(x).fields(f.field("concurrency", x.concurrency));
  }
};

} // namespace tieline
