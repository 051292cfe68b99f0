#include "tieline/transports/http/call.hpp"
#include "tieline/transports/http/profile.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace tieline {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view category = "tieline.http";

constexpr uint64_t most_redirects = 20;
constexpr uint64_t most_requests = 1000;
constexpr uint64_t most_connections = 100;

bool in_range(caf::timespan x) {
  return x >= caf::timespan{1ms} && x <= caf::timespan{1h};
}

bool in_range(uint64_t x, uint64_t least, uint64_t most) {
  return x >= least && x <= most;
}

bool is_scheme(const std::string& x) {
  return x == "https" || x == "http";
}

bool is_open_path(const std::string& x) {
  return x.empty() || http::check_path(x).empty();
}

template <caf::timespan http_options::*Field>
std::string set_time(http_options& out, const caf::config_value& value) {
  auto parsed = caf::get_as<caf::timespan>(value);
  if (!parsed)
    return "is not a duration like 500ms, 10s or 2min";
  if (!in_range(*parsed))
    return "must be 1ms to 1h";
  out.*Field = *parsed;
  return {};
}

template <uint64_t http_options::*Field, uint64_t Least, uint64_t Most>
std::string set_number(http_options& out, const caf::config_value& value) {
  auto parsed = caf::get_as<uint64_t>(value);
  if (!parsed || !in_range(*parsed, Least, Most))
    return "must be " + std::to_string(Least) + " to " + std::to_string(Most);
  out.*Field = *parsed;
  return {};
}

std::string read_text(std::string& out, const caf::config_value& value) {
  auto parsed = caf::get_as<std::string>(value);
  if (!parsed)
    return "is not a string";
  if (parsed->find('\0') != std::string::npos)
    return "has a NUL byte";
  out = std::move(*parsed);
  return {};
}

template <std::string http_options::*Field>
std::string set_text(http_options& out, const caf::config_value& value) {
  return read_text(out.*Field, value);
}

std::string set_flag(http_options& out, const caf::config_value& value) {
  auto parsed = caf::get_as<bool>(value);
  if (!parsed)
    return "must be true or false";
  out.verify = *parsed;
  return {};
}

template <class Enum, Enum http_options::*Field>
std::string set_enum(http_options& out, const caf::config_value& value) {
  std::string text;
  if (auto wrong = read_text(text, value); !wrong.empty())
    return wrong;
  if (from_string(text, out.*Field))
    return {};
  std::string wrong = "must be";
  for (auto name : names_of<Enum>::values)
    wrong += (name == names_of<Enum>::values[0] ? " " : " or ")
             + std::string{name};
  return wrong;
}

std::string set_scheme(http_options& out, const caf::config_value& value) {
  std::string text;
  if (auto wrong = read_text(text, value); !wrong.empty())
    return wrong;
  if (!is_scheme(text))
    return "must be https or http";
  out.scheme = std::move(text);
  return {};
}

std::string set_open_path(http_options& out, const caf::config_value& value) {
  std::string text;
  if (auto wrong = read_text(text, value); !wrong.empty())
    return wrong;
  if (!is_open_path(text))
    return http::check_path(text);
  out.open_path = std::move(text);
  return {};
}

struct option {
  std::string_view name;
  std::string_view help;
  void (*declare)(caf::config_option_set&, const option&);
  std::string (*set)(http_options&, const caf::config_value&);
};

template <class T>
void declare(caf::config_option_set& options, const option& x) {
  std::string name{x.name};
  std::replace(name.begin(), name.end(), '_', '-');
  options.add<T>(std::string{category}, name, std::string{x.help});
}

// `verify` is no flag of CAF's: on a command line it could not be set to false.
const std::array<option, 16> table{{
  {"scheme", "https (default) or http", declare<std::string>, set_scheme},
  {"open_path", "asked for when opening; empty: connect only (default /)",
   declare<std::string>, set_open_path},
  {"connect_timeout", "for resolving, and for each connect (default 10s)",
   declare<caf::timespan>, set_time<&http_options::connect_timeout>},
  {"response_timeout", "for the answer to an open or probe (default 30s)",
   declare<caf::timespan>, set_time<&http_options::response_timeout>},
  {"http_version", "negotiate (default), 1.1 or 2", declare<std::string>,
   set_enum<http_version, &http_options::http_version>},
  {"auth", "auto (default), basic, bearer or none", declare<std::string>,
   set_enum<http_auth, &http_options::auth>},
  {"verify", "check the server's certificate (default true)",
   declare<std::string>, set_flag},
  {"ca_file", "path of what to trust (default: what the system trusts)",
   declare<std::string>, set_text<&http_options::ca_file>},
  {"client_cert_file", "path of our certificate (default none)",
   declare<std::string>, set_text<&http_options::client_cert_file>},
  {"client_key_file", "path of its key (default: in the certificate's file)",
   declare<std::string>, set_text<&http_options::client_key_file>},
  {"token_file", "path of a bearer token (default none)", declare<std::string>,
   set_text<&http_options::token_file>},
  {"proxy", "http://host:port or socks5h://host:port (default none)",
   declare<std::string>, set_text<&http_options::proxy>},
  {"proxy_username", "for the proxy (default none)", declare<std::string>,
   set_text<&http_options::proxy_username>},
  {"redirects", "redirects followed on the same host (default 0)",
   declare<uint64_t>, set_number<&http_options::redirects, 0, most_redirects>},
  {"max_requests", "requests at once per session (default 16)",
   declare<uint64_t>,
   set_number<&http_options::max_requests, 1, most_requests>},
  {"max_connections", "connections per session (default 4)", declare<uint64_t>,
   set_number<&http_options::max_connections, 1, most_connections>},
}};

} // namespace

std::string http::set_option(http_options& options, const std::string& name,
                             const caf::config_value& value) {
  auto pos = std::find_if(table.begin(), table.end(),
                          [&](const option& x) { return x.name == name; });
  if (pos == table.end()) {
    std::string wrong = "unknown; there are";
    for (const auto& x : table)
      wrong += (&x == table.data() ? " " : ", ") + std::string{x.name};
    return wrong;
  }
  return pos->set(options, value);
}

caf::expected<http_options> http_options::load(const caf::settings& config) {
  http_options result;
  const auto* found = caf::get_if(&config, std::string{category});
  if (found == nullptr)
    return result;
  const auto* section = caf::get_if<caf::settings>(found);
  if (section == nullptr)
    return make_error(errc::invalid_setting,
                      {{}, step::none, std::string{category} + ": no section"});
  for (const auto& [name, value] : *section) {
    auto field = name;
    std::replace(field.begin(), field.end(), '-', '_');
    // Underscores would be a second way to write each of them.
    auto wrong = name.find('_') == std::string::npos
                   ? http::set_option(result, field, value)
                   : std::string{"unknown; write dashes for underscores"};
    if (!wrong.empty())
      return make_error(
        errc::invalid_setting,
        {{}, step::none, std::string{category} + '.' + name + ": " + wrong});
  }
  return result;
}

caf::error http_options::check() const {
  const std::pair<const char*, bool> rows[] = {
    {"scheme", is_scheme(scheme)},
    {"open-path", is_open_path(open_path)},
    {"connect-timeout", in_range(connect_timeout)},
    {"response-timeout", in_range(response_timeout)},
    {"redirects", in_range(redirects, 0, most_redirects)},
    {"max-requests", in_range(max_requests, 1, most_requests)},
    {"max-connections", in_range(max_connections, 1, most_connections)},
  };
  for (const auto& [name, good] : rows)
    if (!good)
      return make_error(errc::invalid_setting, {{},
                                                step::none,
                                                std::string{category} + '.'
                                                  + name + ": out of range"});
  return {};
}

void http_options::add_options(caf::config_option_set& options) {
  for (const auto& x : table)
    x.declare(options, x);
}

} // namespace tieline
