#pragma once

#include "tieline/messages/named_enum.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// What an operator can tell connections.
enum class operation : uint8_t {
  /// Start nothing new: no session is opened and no request begins. What comes
  /// waits, within its deadline; what runs goes on.
  pause,
  /// Take up work again after a pause or a drain.
  resume,
  /// End all that was accepted, refuse what comes with `errc::draining`, then
  /// close the session. Until resumed.
  drain,
  /// Open a new session with the same params in place of the old one, once the
  /// work in flight has ended. Also tries again after a login or a host key was
  /// refused, and forgets what the host's circuit breaker has counted.
  reconnect,
  /// Drop session or attempt at once, and all work with it.
  kill,
  /// For a while, take losses and failed attempts for the reboot they belong
  /// to: what comes waits, and opening is tried again until it succeeds.
  expect_disconnect,
};

template <>
struct names_of<operation> {
  static constexpr std::string_view values[]
    = {"pause", "resume", "drain", "reconnect", "kill", "expect_disconnect"};
};

/// Chooses connections by globs (fnmatch(3), no flags) on both parts of their
/// key.
struct selector {
  std::string hostname = "*";
  std::string plugin_name = "*";

  friend bool operator==(const selector& x, const selector& y) {
    return x.hostname == y.hostname && x.plugin_name == y.plugin_name;
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, selector& x) {
    return f.object(x).fields(f.field("hostname", x.hostname),
                              f.field("plugin_name", x.plugin_name));
  }
};

} // namespace tieline
