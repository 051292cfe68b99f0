#pragma once

#include "tieline/messages/named_enum.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// The orders that an operator can give to connections.
enum class operation : uint8_t {
  /// Start nothing new: no session is opened and no request begins. Running
  /// requests go on. New requests wait until their deadline.
  pause,
  /// Take up work again after a `pause` or a `drain`.
  resume,
  /// Complete the accepted work, then close the session. New requests are
  /// answered `errc::draining` until a `resume`.
  drain,
  /// Replace the session by a new one with the same params, once the work in
  /// flight has ended. This also retries a login or a host key that was
  /// refused, and resets the circuit breaker of the host.
  reconnect,
  /// Drop the session or the attempt at once, with all its work.
  kill,
  /// Expect the host to reboot within the given time. Until then losses and
  /// failed attempts do not count as failures, requests wait, and opening is
  /// retried until it succeeds.
  expect_disconnect,
};

template <>
struct names_of<operation> {
  static constexpr std::string_view values[]
    = {"pause", "resume", "drain", "reconnect", "kill", "expect_disconnect"};
};

/// Selects connections by a glob (fnmatch(3), no flags) for each part of their
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
