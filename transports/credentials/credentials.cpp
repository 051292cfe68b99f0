#include "tieline/transports/credentials/credentials.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/refusal.hpp"
#include "tieline/messages/options/groups.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/secret_file.hpp"
#include "tieline/messages/support/host_name.hpp"
#include "tieline/messages/support/keyed_mark.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/transports/ssh/config/patterns.hpp"

#include <caf/config_value.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tieline {

namespace {

constexpr auto extra = "credential";

constexpr auto extra_refused = "credential_refused";

constexpr auto detail_mark = "credential_mark";

constexpr char section[] = "tieline.credential";

struct kind {
  std::string_view name;
  std::string_view help;
};

constexpr kind kinds[] = {
  {"password", "the password"},
  {"private_key", "the text of a private key, for ssh and netconf"},
  {"passphrase", "of the private key or client key"},
  {"token", "a bearer token, for http"},
  {"client_key", "the text of the client certificate's key, for http"},
  {"proxy_password", "for http's proxy"},
};

constexpr text_rule not_empty{"a text that is not empty",
                              [](const std::string& x) { return !x.empty(); }};

constexpr text_rule checks_host_keys{
  "strict, accept_new, off or empty", [](const std::string& x) {
    return x.empty() || x == "strict" || x == "accept_new" || x == "off";
  }};

/// Returns why params may not name the credential; empty if they may.
std::string check_use(const credential& x, const connection_params& params) {
  if (params.from_peer && x.local_only)
    return "is for this process only";
  if (params.from_peer && x.hosts.empty())
    return "has no hosts, so it is not for other processes";
  // The name as it will be connected to, without what one may write around it.
  std::string host;
  if (!read_host(params.hostname, host).empty())
    host = params.hostname;
  host = ssh::lower_case(host);
  auto fits = [&host](const std::string& pattern) {
    return ssh::matches_pattern(ssh::lower_case(pattern), host);
  };
  if (!x.hosts.empty() && std::none_of(x.hosts.begin(), x.hosts.end(), fits))
    return "is not for the host " + in_quotes(params.hostname);
  return {};
}

std::vector<option<credential>> rows() {
  std::vector<option<credential>> result{
    {"username", &credential::username,
     "for params that have none of their own"},
  };
  for (const auto& [name, help] : kinds) {
    auto source = [key = std::string{name}](credential& x) -> secret_source& {
      return x.secrets[key];
    };
    auto file = [source](credential & x) -> auto& {
      return source(x).file;
    };
    auto env = [source](credential & x) -> auto& {
      return source(x).variable;
    };
    std::string what{help};
    result.emplace_back(dashed(name) + "-file", file, not_empty,
                        what + "; path of its file");
    result.emplace_back(dashed(name) + "-env", env, not_empty,
                        what + "; name of its environment variable");
  }
  result.emplace_back(
    "hosts", &credential::hosts,
    "to which it may be shown, as patterns; empty: any, but none for peers");
  result.emplace_back("local-only", &credential::local_only,
                      "whether params from peers may not name it");
  result.emplace_back("host-key-policy", &credential::host_key_policy,
                      checks_host_keys,
                      "how ssh checks host keys for it; empty: as params say");
  return result;
}

option_problem contradiction_in(const credential& x) {
  for (const auto& [name, source] : x.secrets)
    if (!source.file.empty() && !source.variable.empty())
      return {dashed(name) + "-env", "contradicts " + dashed(name) + "-file"};
  return {};
}

/// Returns what is wrong; empty if nothing is.
std::string read_variable(const std::string& name, secret& out) {
  // Unsafe only beside a setenv, and we have none.
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  const auto* value = std::getenv(name.c_str());
  if (value == nullptr)
    return "the variable is not set";
  out = secret{value};
  return {};
}

std::string read(const secret_source& from, secret& out) {
  auto wrong = from.file.empty()
                 ? read_variable(from.variable, out)
                 : read_secret_file(from.file, secret_text::without_line_end,
                                    out);
  return wrong.empty() && out.empty() ? "is empty" : wrong;
}

} // namespace

const option_table<credential>& credential::table() {
  static const option_table<credential> result{section, rows(),
                                               contradiction_in};
  return result;
}

caf::expected<credentials> credentials::load(const caf::settings& config) {
  if (auto error = check_groups(config))
    return error;
  credentials result;
  const auto* found = caf::get_if(&config, section);
  if (found == nullptr)
    return result;
  const auto* all = caf::get_if<caf::settings>(found);
  if (all == nullptr)
    return invalid_option(section, "not a group of credentials");
  for (const auto& [name, value] : *all) {
    auto prefix = std::string{section} + '.' + name;
    const auto* group = caf::get_if<caf::settings>(&value);
    if (group == nullptr || group->empty())
      return invalid_option(prefix, "not a group of settings");
    credential made;
    if (auto error = credential::table().read(made, *group, prefix))
      return error;
    result.set(name, std::move(made));
  }
  return result;
}

void credentials::set(std::string name, credential what) {
  all_.insert_or_assign(std::move(name), std::move(what));
}

caf::expected<connection_params>
credentials::complete(const connection_key& key, connection_params params,
                      const std::vector<std::string_view>& takes) const {
  if (params.extras.count(fixed_host_key_policy) > 0)
    return invalid_extra(key, {fixed_host_key_policy, "unknown"});
  auto named = params.extras.extract(extra);
  if (named.empty())
    return params;
  auto refused = params.extras.extract(extra_refused);
  const auto& name = named.mapped();
  auto invalid = [&key](const std::string& cause) {
    return make_error(errc::invalid_params, {key, step::open, cause});
  };
  // Also one that was left behind on its way here.
  auto given = [](const secret& x) { return !x.empty() || x.withheld(); };
  auto contradicts = ": contradicts extras.credential, which is " + name;
  if (given(params.password))
    return invalid("password" + contradicts);
  for (const auto& [other, value] : params.secrets)
    if (given(value))
      return invalid("secrets." + other + contradicts);
  auto found = all_.find(name);
  if (found == all_.end())
    return invalid("extras.credential: there is no " + std::string{section}
                   + '.' + name + " here");
  if (auto wrong = check_use(found->second, params); !wrong.empty())
    return invalid("extras.credential: " + std::string{section} + '.' + name
                   + ' ' + wrong);
  const auto& policy = found->second.host_key_policy;
  if (!policy.empty()
      && std::find(takes.begin(), takes.end(), "private_key") != takes.end()) {
    for (const auto& [other, value] : params.extras)
      if (underscored(other) == "host_key_policy" && value != policy)
        return invalid("extras." + other + ": contradicts " + section + '.'
                       + name + ".host-key-policy, which is " + policy);
    params.extras.emplace(fixed_host_key_policy, policy);
  }
  if (params.username.empty())
    params.username = found->second.username;
  for (const auto& [what, source] : found->second.secrets) {
    if (std::find(takes.begin(), takes.end(), what) == takes.end())
      continue;
    secret value;
    if (auto wrong = read(source, value); !wrong.empty())
      return invalid("extras.credential: " + std::string{section} + '.' + name
                     + '.' + dashed(what)
                     + (source.file.empty() ? "-env: " : "-file: ") + wrong);
    if (what == "password")
      params.password = std::move(value);
    else
      params.secrets.insert_or_assign(what, std::move(value));
  }
  if (auto mark = mark_of(params); !refused.empty() && refused.mapped() == mark)
    return with_mark(
      make_error(errc::auth_failed,
                 {key, step::auth,
                  "credential " + name + " was refused and is the same still"}),
      mark);
  return params;
}

bool is_credential_extra(const std::string& name) {
  return name == extra || name == extra_refused;
}

bool names_credential(const connection_params& params) {
  return params.extras.count(extra) > 0;
}

std::string credential_of(const connection_params& params) {
  auto named = params.extras.find(extra);
  return named == params.extras.end() ? std::string{} : named->second;
}

std::string mark_of(const connection_params& completed) {
  std::vector<std::string_view> parts{completed.username,
                                      completed.password.reveal()};
  for (const auto& [name, value] : completed.secrets) {
    parts.push_back(name);
    parts.push_back(value.reveal());
  }
  return make_keyed_mark(parts).hex();
}

caf::error with_mark(const caf::error& reason, const std::string& mark) {
  if (mark.empty() || !refuses_credential(reason))
    return reason;
  auto context = failure_of(reason);
  context.details[detail_mark] = mark;
  return make_error(errc::auth_failed, std::move(context));
}

} // namespace tieline
