#include "tieline/messages/options/canonical_params.hpp"

#include "tieline/messages/options/option_value.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace tieline {

namespace {

char spelled(char c) {
  return c == '-' ? '_' : c;
}

bool same_name(std::string_view x, std::string_view y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](char a, char b) { return spelled(a) == spelled(b); });
}

std::string canonical_host(std::string host) {
  auto zone = std::find(host.begin(), host.end(), '%');
  // DNS knows no case (RFC 4343), but the names of interfaces have one.
  std::transform(host.begin(), zone, host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  in6_addr address{};
  char text[INET6_ADDRSTRLEN];
  auto name = std::string{host.begin(), zone};
  if (name.find(':') == std::string::npos
      || inet_pton(AF_INET6, name.c_str(), &address) != 1
      || inet_ntop(AF_INET6, &address, text, sizeof(text)) == nullptr)
    return host;
  return text + std::string{zone, host.end()};
}

const extra_traits* find(const plugin_traits& plugin, std::string_view name) {
  auto i = std::find_if(plugin.extras.begin(), plugin.extras.end(),
                        [&](auto& x) { return same_name(x.name, name); });
  return i == plugin.extras.end() ? nullptr : &*i;
}

using texts = std::map<std::string, std::string>;

/// Returns what an extra means, whether params have it or not.
std::string meaning_of(const std::string& name, const texts& given,
                       const plugin_traits& plugin) {
  const auto* known = find(plugin, name);
  if (known == nullptr)
    return {};
  auto i = std::find_if(given.begin(), given.end(),
                        [&](auto& x) { return same_name(x.first, name); });
  return option_value::canonical(known->kind, i == given.end() ? known->fallback
                                                               : i->second);
}

/// Returns whether something else than the fallback may hold without the extra.
bool overruled(const extra_traits& x, const texts& given,
               const plugin_traits& plugin) {
  return !x.overruled_by.empty()
         && !meaning_of(x.overruled_by, given, plugin).empty();
}

bool any_overruled(const texts& given, const plugin_traits& plugin) {
  return std::any_of(plugin.extras.begin(), plugin.extras.end(),
                     [&](auto& x) { return overruled(x, given, plugin); });
}

texts canonical_extras(const texts& given, const plugin_traits& plugin) {
  texts result;
  std::set<const extra_traits*> seen;
  for (const auto& [name, value] : given) {
    const auto* known = find(plugin, name);
    if (known == nullptr) {
      result.emplace(name, value);
      continue;
    }
    // With dashes and with underscores: the plugin refuses it.
    if (!seen.insert(known).second)
      return given;
    auto meant = option_value::canonical(known->kind, value);
    if (meant == option_value::canonical(known->kind, known->fallback)
        && !overruled(*known, given, plugin))
      continue;
    auto canonical_name = name;
    std::transform(name.begin(), name.end(), canonical_name.begin(), spelled);
    result.emplace(std::move(canonical_name), std::move(meant));
  }
  return result;
}

/// Returns whether the condition of a default port is met.
bool holds(const default_port& x, const texts& given,
           const plugin_traits& plugin) {
  const auto* known = find(plugin, x.extra);
  return x.extra.empty()
         || (known != nullptr
             && meaning_of(x.extra, given, plugin)
                  == option_value::canonical(known->kind, x.value));
}

using secrets = std::map<std::string, secret>;

/// Returns whether the one has all that the other has, but for empty ones that
/// mean nothing.
bool includes(const secrets& x, const secrets& y, const plugin_traits& plugin) {
  return std::all_of(y.begin(), y.end(), [&](const auto& theirs) {
    if (auto ours = x.find(theirs.first); ours != x.end())
      return ours->second == theirs.second;
    return theirs.second.empty() && !theirs.second.withheld()
           && std::any_of(plugin.secrets.begin(), plugin.secrets.end(),
                          [&](auto& name) { return name == theirs.first; });
  });
}

} // namespace

canonical_params canonical(const connection_params& params,
                           const plugin_traits& plugin) {
  const auto& given = params.extras;
  canonical_params result;
  // What else says something of the host may know it by the name as it is.
  result.hostname = any_overruled(given, plugin)
                      ? params.hostname
                      : canonical_host(params.hostname);
  result.port = params.port;
  result.extras = canonical_extras(given, plugin);
  if (!result.port) {
    auto i = std::find_if(plugin.ports.begin(), plugin.ports.end(),
                          [&](auto& x) { return holds(x, given, plugin); });
    if (i != plugin.ports.end())
      result.port = i->port;
  }
  return result;
}

bool mean_same(const connection_params& x, const connection_params& y,
               const plugin_traits& plugin, std::string_view name) {
  static const plugin_traits unknown{};
  return x.username == y.username && x.platform == y.platform
         && x.password == y.password && includes(x.secrets, y.secrets, plugin)
         && includes(y.secrets, x.secrets, plugin)
         && canonical(x, plugin) == canonical(y, plugin)
         && std::equal(x.via.begin(), x.via.end(), y.via.begin(), y.via.end(),
                       [&](const hop& a, const hop& b) {
                         const auto& theirs
                           = a.key.plugin_name == name ? plugin : unknown;
                         return a.key == b.key
                                && mean_same(a.params, b.params, theirs, name);
                       });
}

} // namespace tieline
