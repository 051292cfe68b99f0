#include "tieline/messages/options/option_table.hpp"
#include "tieline/transports/http/call.hpp"
#include "tieline/transports/http/profile.hpp"

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr limits<caf::timespan> up_to_an_hour{1ms, 1h};

constexpr text_rule scheme_rule{"https or http", [](const std::string& x) {
                                  return x == "https" || x == "http";
                                }};

constexpr text_rule path_rule{"a path like /a?b without spaces, or empty",
                              [](const std::string& x) {
                                return x.empty() || http::check_path(x).empty();
                              }};

} // namespace

template struct configurable<http_options>;

const option_table<http_options>& http_options::table() {
  static const option_table<http_options> result{
    "tieline.http",
    {
      {"scheme", &http_options::scheme, scheme_rule, "what to speak",
       said_by::this_process},
      {"open-path", &http_options::open_path, path_rule,
       "what an open asks for with HEAD; empty: it only connects"},
      {"connect-timeout", &http_options::connect_timeout, up_to_an_hour,
       "resolving, connecting, TLS"},
      {"response-timeout", &http_options::response_timeout, up_to_an_hour,
       "the answer to an open or a probe; a token"},
      {"http-version", &http_options::http_version,
       "HTTP/2 where a TLS server offers it"},
      {"auth", &http_options::auth, "how to say who asks"},
      {"verify", &http_options::verify,
       "whether the server's certificate must be valid", said_by::this_process},
      {"tls-legacy", &http_options::tls_legacy,
       "also take the TLS of old devices, which can be broken"},
      {"ca-file", &http_options::ca_file, a_path,
       "certificates to trust; empty: the system's", said_by::this_process},
      {"client-cert-file", &http_options::client_cert_file, a_path,
       "our certificate; empty: none", said_by::this_process},
      {"client-key-file", &http_options::client_key_file, a_path,
       "its key; empty: in the same file", said_by::this_process},
      {"token-file", &http_options::token_file, a_path,
       "a bearer token, read again after a 401; empty: none",
       said_by::this_process},
      {"proxy", &http_options::proxy,
       text_rule{"http:// or socks5h:// and host:port"},
       "connect through it; empty: directly", said_by::this_process},
      {"proxy-username", &http_options::proxy_username,
       "for the proxy; empty: none", said_by::this_process},
      {"restconf-root", &http_options::restconf_root, path_rule,
       "requests below it get the media types of RESTCONF; empty: none"},
      {"redirects", &http_options::redirects, limits<uint64_t>{0, 20},
       "redirects to follow, within the same origin"},
      {"max-requests", &http_options::max_requests, limits<uint64_t>{1, 1000},
       "requests at once on one session"},
      {"max-connections", &http_options::max_connections,
       limits<uint64_t>{1, 100}, "connections of one session"},
    },
    nullptr,
    {{"token", "a bearer token"},
     {"client_key", "the text of the client certificate's key"},
     {"passphrase", "of the client certificate's key"},
     {"proxy_password", "for the proxy"}}};
  return result;
}

} // namespace tieline
