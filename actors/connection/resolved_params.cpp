#include "tieline/actors/connection/resolved_params.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/options/canonical_params.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/option_value.hpp"
#include "tieline/messages/support/keyed_mark.hpp"
#include "tieline/messages/support/printable.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline {

namespace {

/// Stands for username and secrets.
/// @param extras of the params, in the one way to write them
uint64_t fingerprint(const connection_params& x,
                     const std::map<std::string, std::string>& extras) {
  std::vector<std::string_view> parts{x.username};
  // Its name says all; what it holds is known only where the session lives.
  if (auto named = x.extras.find("credential"); named != x.extras.end()) {
    parts.push_back(named->second);
    return make_keyed_mark(parts).number();
  }
  parts.push_back(x.password.reveal());
  for (const auto& [name, value] : x.secrets) {
    if (value.empty())
      continue;
    parts.push_back(name);
    parts.push_back(value.reveal());
  }
  // Without a secret, what the extras name (a key file, an agent) is it. With
  // one they must not count, or each host with extras of its own would have
  // a credential of its own.
  if (parts.size() == 2 && x.password.empty())
    for (const auto& [name, value] : extras) {
      parts.push_back(name);
      parts.push_back(value);
    }
  return make_keyed_mark(parts).number();
}

/// Returns what is wrong with the way to a connection; empty if nothing is.
std::string check_way(const connection_key& key, const std::vector<hop>& via) {
  std::set<connection_key> seen{key};
  for (const auto& x : via) {
    if (!seen.insert(x.key).second)
      return to_string(x.key) + " is on the way to itself";
    if (!x.params.via.empty() && &x != &via.front())
      return to_string(x.key) + " has a way of its own behind others";
  }
  if (!via.empty())
    if (auto wrong = check_way(via.front().key, via.front().params.via);
        !wrong.empty())
      return wrong;
  return {};
}

/// Sets what the typed overrides say.
caf::error apply(const connection_key& key, const connection_params& from,
                 policy& to) {
  const auto* wanted = from.policy.get();
  if (wanted == nullptr)
    return {};
  std::map<std::string, std::string> texts;
  policy_overrides::each(*wanted, [&](const char* name, const auto& x) {
    if (x)
      texts.emplace(name, option_value::exact(*x));
  });
  for (const auto& [name, value] : from.extras)
    if (texts.count(underscored(name)) != 0)
      return invalid_extra(key, {name, "is said by policy, too"});
  auto error = policy::table().take_extras(key, to, texts, from.from_peer);
  if (error.empty())
    return error;
  // It was no extra.
  auto why = failure_of(error);
  constexpr std::string_view prefix = "extras.";
  why.cause = "policy." + why.cause.substr(prefix.size());
  return make_error(errc::invalid_params, std::move(why));
}

} // namespace

caf::expected<resolved_params> resolved_params::make(const connection_key& key,
                                                     connection_params params,
                                                     const policy& defaults) {
  resolved_params result;
  if (auto wrong = check_way(key, params.via); !wrong.empty())
    return make_error(errc::invalid_params, {key, step::open, "via: " + wrong});
  if (auto wrong = check_name(params.hostname); !wrong.empty())
    return make_error(errc::invalid_params,
                      {key, step::open, "hostname " + wrong});
  auto given = params.extras;
  limit_domains domains;
  if (auto error = limit_domains::table().take_extras(
        key, domains, params.extras, params.from_peer))
    return error;
  result.credential_domain = std::move(domains.credential_domain);
  result.jump_domain = std::move(domains.jump_domain);
  result.how = defaults;
  if (auto error = apply(key, params, result.how))
    return error;
  if (auto error = policy::table().take_extras(key, result.how, params.extras,
                                               params.from_peer))
    return error;
  for (auto& [name, value] : given)
    if (params.extras.count(name) == 0)
      result.taken.emplace(name, std::move(value));
  result.params = std::move(params);
  if (result.credential_domain.empty())
    result.credential_domain = result.login();
  if (result.jump_domain.empty() && !result.params.via.empty())
    result.jump_domain = to_string(result.params.via.back().key);
  return result;
}

bool resolved_params::made_of(const connection_params& given) const {
  const auto& ours = params;
  if (given.extras.size() != ours.extras.size() + taken.size()
      || given.hostname != ours.hostname || given.port != ours.port
      || given.username != ours.username || given.platform != ours.platform
      || !(given.password == ours.password) || given.secrets != ours.secrets
      || given.via != ours.via || !(given.policy == ours.policy))
    return false;
  return std::all_of(given.extras.begin(), given.extras.end(),
                     [&](const auto& x) {
                       auto is_in = [&x](const auto& all) {
                         auto i = all.find(x.first);
                         return i != all.end() && i->second == x.second;
                       };
                       return is_in(ours.extras) || is_in(taken);
                     });
}

std::string resolved_params::login() const {
  if (!params.username.empty())
    return params.username;
  auto named = params.extras.find("credential");
  return named == params.extras.end() ? std::string{} : named->second;
}

ticket resolved_params::make_ticket(const connection_key& key,
                                    const plugin_traits& plugin) const {
  ticket result;
  result.key = key;
  auto canonical = tieline::canonical(params, plugin);
  // A closed NETCONF port must not take SSH away, so the port is part of it.
  result.endpoint = canonical.hostname + ':'
                    + (canonical.port ? std::to_string(*canonical.port)
                                      : key.plugin_name);
  // Another one may have that address elsewhere.
  for (const auto& x : params.via)
    result.endpoint += " via " + to_string(x.key);
  result.username = login();
  result.tells_dialed = plugin.tells_steps;
  result.credential = fingerprint(params, canonical.extras);
  result.credential_domain = credential_domain;
  result.jump_domain = jump_domain;
  result.opens_per_minute = how.opens_per_minute;
  result.breaker_failures = how.breaker_failures;
  result.breaker_delay = how.breaker_delay;
  result.breaker_delay_max = how.breaker_delay_max;
  return result;
}

} // namespace tieline
