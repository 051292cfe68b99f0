#include "tieline/transports/http/call.hpp"
#include "tieline/transports/http/profile.hpp"
#include "tieline/transports/option_table.hpp"

#include <utility>

namespace tieline {

namespace {

using option_value::in_range;
using option_value::range;
using option_value::read_member;
using option_value::read_number;
using table_type = option_table<http_options>;

constexpr range redirects_range{0, 20};
constexpr range requests_range{1, 1000};
constexpr range connections_range{1, 100};

bool is_scheme(const std::string& x) {
  return x == "https" || x == "http";
}

bool is_open_path(const std::string& x) {
  return x.empty() || http::check_path(x).empty();
}

template <auto Member, class Enum>
std::string set_enum(http_options& out, const caf::config_value& value) {
  std::string text;
  if (auto wrong = option_value::read(text, value); !wrong.empty())
    return wrong;
  if (from_string(text, out.*Member))
    return {};
  std::string wrong = "must be";
  for (auto name : names_of<Enum>::values)
    wrong += (name == names_of<Enum>::values[0] ? " " : " or ")
             + std::string{name};
  return wrong;
}

std::string set_scheme(http_options& out, const caf::config_value& value) {
  std::string text;
  if (auto wrong = option_value::read(text, value); !wrong.empty())
    return wrong;
  if (!is_scheme(text))
    return "must be https or http";
  out.scheme = std::move(text);
  return {};
}

std::string set_open_path(http_options& out, const caf::config_value& value) {
  std::string text;
  if (auto wrong = option_value::read(text, value); !wrong.empty())
    return wrong;
  if (!is_open_path(text))
    return http::check_path(text);
  out.open_path = std::move(text);
  return {};
}

// `verify` is no flag of CAF's: on a command line it could not be set to false.
const table_type& table() {
  static const table_type result{
    "tieline.http",
    {
      {"scheme", "https (default) or http", table_type::as<std::string>,
       set_scheme},
      {"open_path", "asked for when opening; empty: connect only (default /)",
       table_type::as<std::string>, set_open_path},
      {"connect_timeout", "for resolving, and for each connect (default 10s)",
       table_type::as<caf::timespan>,
       read_member<&http_options::connect_timeout>},
      {"response_timeout", "for the answer to an open or probe (default 30s)",
       table_type::as<caf::timespan>,
       read_member<&http_options::response_timeout>},
      {"http_version", "negotiate (default), 1.1 or 2",
       table_type::as<std::string>,
       set_enum<&http_options::http_version, http_version>},
      {"auth", "auto (default), basic, bearer or none",
       table_type::as<std::string>, set_enum<&http_options::auth, http_auth>},
      {"verify", "check the server's certificate (default true)",
       table_type::as<std::string>, read_member<&http_options::verify>},
      {"ca_file", "path of what to trust (default: what the system trusts)",
       table_type::as<std::string>, read_member<&http_options::ca_file>},
      {"client_cert_file", "path of our certificate (default none)",
       table_type::as<std::string>,
       read_member<&http_options::client_cert_file>},
      {"client_key_file",
       "path of its key (default: in the certificate's file)",
       table_type::as<std::string>,
       read_member<&http_options::client_key_file>},
      {"token_file", "path of a bearer token (default none)",
       table_type::as<std::string>, read_member<&http_options::token_file>},
      {"proxy", "http://host:port or socks5h://host:port (default none)",
       table_type::as<std::string>, read_member<&http_options::proxy>},
      {"proxy_username", "for the proxy (default none)",
       table_type::as<std::string>, read_member<&http_options::proxy_username>},
      {"redirects", "redirects followed on the same host (default 0)",
       table_type::as<uint64_t>,
       read_number<&http_options::redirects, redirects_range.least,
                   redirects_range.most>},
      {"max_requests", "requests at once per session (default 16)",
       table_type::as<uint64_t>,
       read_number<&http_options::max_requests, requests_range.least,
                   requests_range.most>},
      {"max_connections", "connections per session (default 4)",
       table_type::as<uint64_t>,
       read_number<&http_options::max_connections, connections_range.least,
                   connections_range.most>},
    }};
  return result;
}

} // namespace

std::string http::set_option(http_options& options, const std::string& name,
                             const caf::config_value& value) {
  return table().set(options, name, value);
}

caf::expected<http_options> http_options::load(const caf::settings& config) {
  return table().load(config);
}

caf::error http_options::check() const {
  return table().check({
    {"scheme", is_scheme(scheme)},
    {"open-path", is_open_path(open_path)},
    {"connect-timeout", in_range(connect_timeout)},
    {"response-timeout", in_range(response_timeout)},
    {"redirects", redirects_range.has(redirects)},
    {"max-requests", requests_range.has(max_requests)},
    {"max-connections", connections_range.has(max_connections)},
  });
}

void http_options::add_options(caf::config_option_set& options) {
  table().declare(options);
}

} // namespace tieline
