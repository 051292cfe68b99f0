#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tieline {

/// What has happened under one plugin name since the start. Counters are never
/// reset.
struct connection_counters {
  /// Connections made by a factory.
  uint64_t create_calls = 0;
  /// Sessions opened. An open that finds the session up counts nothing.
  uint64_t open_calls = 0;
  /// Connections closed and removed.
  uint64_t close_calls = 0;
  /// Attempts to open a session that failed.
  uint64_t open_failures = 0;
  /// Sessions that were lost: they ended without being closed.
  uint64_t losses = 0;
  /// Sessions closed because they were idle or old, or to make room for others.
  uint64_t evictions = 0;

  friend bool operator==(const connection_counters& x,
                         const connection_counters& y) {
    return x.create_calls == y.create_calls && x.open_calls == y.open_calls
           && x.close_calls == y.close_calls
           && x.open_failures == y.open_failures && x.losses == y.losses
           && x.evictions == y.evictions;
  }

  friend bool operator!=(const connection_counters& x,
                         const connection_counters& y) {
    return !(x == y);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_counters& x) {
    return f.object(x).fields(f.field("create_calls", x.create_calls),
                              f.field("open_calls", x.open_calls),
                              f.field("close_calls", x.close_calls),
                              f.field("open_failures", x.open_failures),
                              f.field("losses", x.losses),
                              f.field("evictions", x.evictions));
  }
};

/// Counters by plugin name. A plugin has an entry from its first event on.
using counters_snapshot = std::map<std::string, connection_counters>;

} // namespace tieline
