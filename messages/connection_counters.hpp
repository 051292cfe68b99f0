#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tieline {

/// What happened under one plugin name since the start. Never reset.
struct connection_counters {
  /// Connections made by a factory.
  uint64_t create_calls = 0;
  /// Sessions really opened.
  uint64_t open_calls = 0;
  /// Connections closed and removed.
  uint64_t close_calls = 0;
  /// Attempts to open a session that failed.
  uint64_t open_failures = 0;
  /// Sessions that ended by themselves.
  uint64_t losses = 0;
  /// Sessions closed because they were idle, old, or in the way of others.
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
