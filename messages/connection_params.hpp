#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/policy_overrides.hpp"
#include "tieline/messages/secret.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tieline {

/// A port, or none. It takes a number: a text is an error that says so.
class optional_port {
public:
  optional_port() = default;

  optional_port(std::nullopt_t) {
    // nop
  }

  optional_port(uint16_t x) : value_(x) {
    // nop
  }

  optional_port(std::optional<uint16_t> x) : value_(x) {
    // nop
  }

  template <class T, class = std::enable_if_t<
                       std::is_convertible_v<T, std::string_view>>>
  optional_port(const T&) {
    static_assert(!std::is_convertible_v<T, std::string_view>,
                  "a port is a number, and no text");
  }

  operator std::optional<uint16_t>() const noexcept {
    return value_;
  }

  explicit operator bool() const noexcept {
    return value_.has_value();
  }

  bool has_value() const noexcept {
    return value_.has_value();
  }

  uint16_t operator*() const noexcept {
    return *value_;
  }

  /// @throws std::bad_optional_access if there is none
  uint16_t value() const {
    return value_.value();
  }

  uint16_t value_or(uint16_t fallback) const noexcept {
    return value_.value_or(fallback);
  }

  void reset() noexcept {
    value_.reset();
  }

  friend bool operator==(optional_port x, optional_port y) noexcept {
    return x.value_ == y.value_;
  }

  friend bool operator!=(optional_port x, optional_port y) noexcept {
    return !(x == y);
  }

  /// Returns the number as what a message carries.
  std::optional<uint16_t>& carried() noexcept {
    return value_;
  }

private:
  std::optional<uint16_t> value_;
};

struct hop;
struct connection_params;

/// Returns the hops of params, those of the nearest one before it: none of them
/// has a `via`. Messages carry ways like that, since nobody else shall decide
/// how deep we read.
inline std::vector<hop> whole_way(const connection_params& x);

/// How to reach a host and log in there. Params are complete: tieline looks
/// nothing up in an inventory. Params that mean the same have one session: a
/// port that is the plugin's default or none, an extra at its default or none,
/// `1s` or `1000ms`, the host name in another case. Fields are equal only if
/// they are written in the same way.
struct connection_params {
  /// DNS name or IP address to connect to.
  std::string hostname;
  /// 1 to 65535. The default is the well-known port of the plugin.
  optional_port port;
  std::string username;
  secret password;
  /// The kind of device, e.g. `cisco_ios`. tieline itself gives it no meaning.
  std::string platform;
  /// Settings of the plugin by name, as the plugin documents them.
  std::map<std::string, std::string> extras;
  /// Further secrets by name, e.g. `passphrase` or `private_key`.
  std::map<std::string, secret> secrets;
  /// The jump hosts through which the host is reached, the nearest one first;
  /// empty: it is connected to as it is. The manager keeps one session with
  /// each, which all hosts behind it share.
  std::vector<hop> via;
  /// What the connection does in another way than the settings say: a
  /// @ref policy_overrides.
  shared_overrides policy = {};
  /// They came from another process in a message, which sets this. Such params
  /// say nothing that is this process's own to say: no files, and not what is
  /// verified (see @ref permit_from_peers). It makes no params different.
  bool from_peer = false;

  friend bool operator==(const connection_params& x,
                         const connection_params& y);

  friend bool operator!=(const connection_params& x,
                         const connection_params& y) {
    return !(x == y);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, connection_params& x) {
    auto save_or_load = [&](std::vector<hop>& via) {
      return f.object(x).fields(
        f.field("hostname", x.hostname), f.field("port", x.port.carried()),
        f.field("username", x.username), f.field("password", x.password),
        f.field("platform", x.platform), f.field("extras", x.extras),
        f.field("secrets", x.secrets), f.field("via", via),
        f.field("policy", x.policy));
    };
    if constexpr (Inspector::is_loading) {
      x.from_peer = !f.has_human_readable_format();
      return save_or_load(x.via);
    } else {
      auto via = whole_way(x);
      return save_or_load(via);
    }
  }
};

/// A jump host: a connection of the same manager, of a plugin that forwards
/// streams (`ssh`).
struct hop {
  connection_key key;
  /// The hops before it are its way. Only the first one may have a `via` of its
  /// own.
  connection_params params;

  friend bool operator==(const hop& x, const hop& y) {
    return x.key == y.key && x.params == y.params;
  }

  friend bool operator!=(const hop& x, const hop& y) {
    return !(x == y);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, hop& x) {
    auto& p = x.params;
    if constexpr (Inspector::is_loading)
      p.from_peer = !f.has_human_readable_format();
    return f.object(x).fields(
      f.field("key", x.key), f.field("hostname", p.hostname),
      f.field("port", p.port.carried()), f.field("username", p.username),
      f.field("password", p.password), f.field("platform", p.platform),
      f.field("extras", p.extras), f.field("secrets", p.secrets),
      f.field("policy", p.policy));
  }
};

inline std::vector<hop> whole_way(const connection_params& x) {
  std::vector<hop> result;
  for (const auto* at = &x; !at->via.empty(); at = &at->via.front().params)
    result.insert(result.begin(), at->via.begin(), at->via.end());
  for (auto& each : result)
    each.params.via.clear();
  return result;
}

inline bool operator==(const connection_params& x, const connection_params& y) {
  return x.hostname == y.hostname && x.port == y.port
         && x.username == y.username && x.password == y.password
         && x.platform == y.platform && x.extras == y.extras
         && x.secrets == y.secrets && x.via == y.via && x.policy == y.policy;
}

} // namespace tieline
