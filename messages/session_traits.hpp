#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// What a session reports about itself when it is open.
struct session_traits {
  /// The number of requests that it can run at once. The connection queues
  /// further requests. Zero: any number.
  uint64_t concurrency = 0;
  /// What people should know about how the session came about, for instance
  /// lines of a config file that have no effect. Each becomes an event.
  std::vector<std::string> notices = {};
  /// What config files have set, each with its place, for instance
  /// `HostName 192.0.2.1 (/etc/ssh/ssh_config:3)`.
  std::vector<std::string> configured = {};

  template <class Inspector>
  friend bool inspect(Inspector& f, session_traits& x) {
    return f.object(x).fields(f.field("concurrency", x.concurrency),
                              f.field("notices", x.notices),
                              f.field("configured", x.configured));
  }
};

} // namespace tieline
