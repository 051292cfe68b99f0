#pragma once

#include "tieline/messages/secret.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

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
      f.field("hostname", x.hostname), f.field("port", x.port.carried()),
      f.field("username", x.username), f.field("password", x.password),
      f.field("platform", x.platform), f.field("extras", x.extras),
      f.field("secrets", x.secrets));
  }
};

} // namespace tieline
