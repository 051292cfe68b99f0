#pragma once

#include "tieline/messages/secret.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tieline {

/// How to reach a host and log in there. Params are complete: tieline looks
/// nothing up in an inventory. Params that mean the same have one session: a
/// port that is the plugin's default or none, an extra at its default or none,
/// `1s` or `1000ms`, the host name in another case. Fields are equal only if
/// they are written in the same way.
struct connection_params {
  /// DNS name or IP address to connect to.
  std::string hostname;
  /// 1 to 65535. The default is the well-known port of the plugin.
  std::optional<uint16_t> port;
  std::string username;
  secret password;
  /// The kind of device, e.g. `cisco_ios`. tieline itself gives it no meaning.
  std::string platform;
  /// Settings of the plugin by name, as the plugin documents them.
  std::map<std::string, std::string> extras;
  /// Further secrets by name, e.g. `passphrase` or `private_key`.
  std::map<std::string, secret> secrets;

  friend bool operator==(const connection_params& x,
                         const connection_params& y) {
    return x.hostname == y.hostname && x.port == y.port
           && x.username == y.username && x.password == y.password
           && x.platform == y.platform && x.extras == y.extras
           && x.secrets == y.secrets;
  }

  friend bool operator!=(const connection_params& x,
                         const connection_params& y) {
    return !(x == y);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_params& x) {
    return f.object(x).fields(
      f.field("hostname", x.hostname), f.field("port", x.port),
      f.field("username", x.username), f.field("password", x.password),
      f.field("platform", x.platform), f.field("extras", x.extras),
      f.field("secrets", x.secrets));
  }
};

} // namespace tieline
