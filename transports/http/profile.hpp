#pragma once

#include "tieline/messages/connection_params.hpp"
#include "tieline/transports/http/http.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline::http {

/// Returns the well-known port.
constexpr uint16_t port_of(bool tls) {
  return tls ? 443 : 80;
}

/// All that a session needs to know, checked.
struct profile {
  connection_key key;
  /// Scheme, host and port, e.g. `https://[2001:db8::1]:443`.
  std::string origin;
  bool tls = true;
  /// Where to connect to: the host, or the proxy.
  std::string dial_host;
  uint16_t dial_port = 0;
  std::string user;
  secret password;
  secret token;
  /// Text of a private key.
  secret client_key;
  secret passphrase;
  secret proxy_password;
  /// Of each request that does not name them.
  std::vector<std::pair<std::string, std::string>> headers;
  /// `auth` is not automatic.
  http_options options;
  /// The jump hosts, nearest first.
  std::vector<hop> via;
  /// What the session was opened with, if that names a credential.
  std::optional<connection_params> named;

  /// Returns whether there is somewhere to get another token.
  bool can_refresh() const {
    return options.auth == http_auth::bearer
           && (options.token_source || !options.token_file.empty() || named);
  }
};

/// Returns the params as a profile, extras laid over `defaults`.
caf::expected<profile> make_profile(const connection_key& key,
                                    const connection_params& params,
                                    const http_options& defaults);

/// Returns what is wrong with a bearer token; empty if nothing is.
std::string check_token(const secret& token);

} // namespace tieline::http
