#include "tieline/transports/http/profile.hpp"

#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/support/host_name.hpp"
#include "tieline/messages/support/host_port.hpp"
#include "tieline/transports/http/call.hpp"
#include "tieline/transports/http/url.hpp"

#include <algorithm>

namespace tieline::http {

namespace {

caf::error invalid(const connection_key& key, std::string cause) {
  return make_error(errc::invalid_params, {key, step::open, std::move(cause)});
}

bool has_nul(std::string_view x) {
  return x.find('\0') != std::string_view::npos;
}

std::string in_url(std::string host, uint16_t port) {
  // The zone of an address, e.g. fe80::1%eth0 (RFC 6874).
  if (auto zone = host.find('%'); zone != std::string::npos)
    host.insert(zone + 1, "25");
  return host_port(host, port);
}

std::string read_proxy(profile& x) {
  url proxy;
  if (!proxy.read(x.options.proxy, CURLU_NON_SUPPORT_SCHEME))
    return "is no URL";
  auto scheme = proxy.part(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "socks5h")
    return "must begin with http:// or socks5h://";
  if (!proxy.part(CURLUPART_USER).empty()
      || !proxy.part(CURLUPART_PASSWORD).empty())
    return "has a login; that belongs to proxy_username and "
           "secrets.proxy_password";
  auto port = proxy.part(CURLUPART_PORT);
  if (port.empty())
    return "has no port";
  x.dial_host = proxy.part(CURLUPART_HOST);
  if (!x.dial_host.empty() && x.dial_host.front() == '[')
    x.dial_host = x.dial_host.substr(1, x.dial_host.size() - 2);
  x.dial_port = static_cast<uint16_t>(std::stoul(port));
  return {};
}

http_auth chosen_auth(const profile& x) {
  if (x.options.auth != http_auth::automatic)
    return x.options.auth;
  if (!x.token.empty() || !x.options.token_file.empty())
    return http_auth::bearer;
  if (!x.user.empty())
    return http_auth::basic;
  return x.options.token_source ? http_auth::bearer : http_auth::none;
}

std::string check_auth(const profile& x) {
  switch (x.options.auth) {
    case http_auth::digest:
      if (x.user.empty())
        return "username: is empty";
      break;
    case http_auth::basic:
      if (x.user.empty() || x.user.find(':') != std::string::npos)
        return "username: is empty or has a colon";
      break;
    case http_auth::bearer:
      if (x.token.empty() && !x.can_refresh())
        return "secrets.token: there is none, nor a token_file";
      if (auto wrong = check_token(x.token); !wrong.empty())
        return "secrets.token: " + wrong;
      break;
    case http_auth::automatic:
    case http_auth::none:
      break;
  }
  return {};
}

constexpr std::string_view header_extra = "header.";

} // namespace

std::string check_token(const secret& token) {
  auto text = token.reveal();
  auto bad = [](char c) { return c <= ' ' || c > '~'; };
  if (std::any_of(text.begin(), text.end(), bad))
    return "has a character that no token has";
  return {};
}

caf::expected<profile> make_profile(const connection_key& key,
                                    const connection_params& params,
                                    const http_options& defaults) {
  profile result;
  result.key = key;
  result.user = params.username;
  result.via = params.via;
  result.password = params.password;
  result.options = defaults;
  std::string host;
  if (auto wrong = read_host(params.hostname, host); !wrong.empty())
    return invalid(key, "hostname: " + wrong);
  if (params.port == uint16_t{0})
    return invalid(key, "port: must be 1 to 65535");
  auto extras = params.extras;
  const auto& table = http_options::table();
  if (auto error = table.take_extras(key, result.options, extras,
                                     params.from_peer))
    return error;
  for (const auto& [name, value] : extras) {
    if (!is_header_extra(name))
      return invalid_extra(key, {name, unknown_extra(name, {&table})
                                         + ", header.<name>"});
    if (auto wrong = check_header_extra(name, value); !wrong.empty())
      return invalid_extra(key, {name, wrong});
    result.headers.emplace_back(name.substr(header_extra.size()), value);
  }
  for (const auto& [given, value] : params.secrets) {
    auto name = underscored(given);
    if (name == "token")
      result.token = value;
    else if (name == "client_key")
      result.client_key = value;
    else if (name == "passphrase")
      result.passphrase = value;
    else if (name == "proxy_password")
      result.proxy_password = value;
    else
      return invalid(key, "secrets." + name
                            + ": unknown; there are token, client_key, "
                              "passphrase, proxy_password");
  }
  const std::pair<const char*, const secret*> secrets[] = {
    {"password", &result.password},
    {"secrets.token", &result.token},
    {"secrets.client_key", &result.client_key},
    {"secrets.passphrase", &result.passphrase},
    {"secrets.proxy_password", &result.proxy_password},
  };
  for (const auto& [name, value] : secrets) {
    if (value->withheld())
      return make_error(errc::secret_withheld, {key, step::open, name});
    if (has_nul(value->reveal()))
      return invalid(key, std::string{name} + ": has a NUL byte");
  }
  if (has_nul(result.user))
    return invalid(key, "username: has a NUL byte");
  const auto& options = result.options;
  if (options.client_cert_file.empty()
      && (!options.client_key_file.empty() || !result.client_key.empty()))
    return invalid(key, "extras.client_cert_file: there is a key, but no "
                        "certificate");
  result.options.auth = chosen_auth(result);
  if (auto wrong = check_auth(result); !wrong.empty())
    return invalid(key, wrong);
  result.tls = options.scheme == "https";
  if (!result.tls && options.http_version == http_version::http_2)
    return invalid(key, "extras.http_version: 2 needs the scheme https");
  auto port = params.port.value_or(port_of(result.tls));
  result.origin = options.scheme + "://" + in_url(host, port);
  result.dial_host = host;
  result.dial_port = port;
  if (!options.proxy.empty())
    if (auto wrong = read_proxy(result); !wrong.empty())
      return invalid(key, "extras.proxy: " + wrong);
  return result;
}

} // namespace tieline::http

namespace tieline {

bool is_header_extra(std::string_view name) {
  return name.substr(0, http::header_extra.size()) == http::header_extra;
}

std::string check_header_extra(std::string_view name, std::string_view value) {
  return http::check_header(name.substr(http::header_extra.size()), value);
}

} // namespace tieline
