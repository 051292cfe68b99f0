#include "fleet/options.hpp"

#include <caf/config_value.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <locale>
#include <optional>
#include <sstream>

namespace fleet {

namespace {

/// A value and where it comes from.
struct sourced {
  std::string value;
  std::string source;
};

[[noreturn]] void throw_bad(const sourced& x, const char* expected) {
  throw usage_error{x.source + ": must be " + expected + ", not '" + x.value
                    + "'"};
}

size_t to_forks(const sourced& x) {
  size_t result = 0;
  auto* last = x.value.data() + x.value.size();
  auto [end, code] = std::from_chars(x.value.data(), last, result);
  if (code != std::errc{} || end != last || result < 1 || result > 100'000)
    throw_bad(x, "a number from 1 to 100000");
  return result;
}

caf::timespan to_timeout(const sourced& x) {
  std::istringstream in{x.value};
  in.imbue(std::locale::classic());
  double seconds = 0;
  std::string unit;
  in >> seconds >> unit;
  if (unit == "ms")
    seconds /= 1000;
  else if (unit == "min")
    seconds *= 60;
  else if (!unit.empty() && unit != "s")
    seconds = 0;
  // Not the other way round: this also catches what is no number.
  if (!(seconds >= 0.001 && seconds <= 86400))
    throw_bad(x, "0.001 to 86400 seconds");
  return caf::timespan{std::llround(seconds * 1e9)};
}

/// Reads `host:port` or `[address]:port`.
node to_node(const sourced& x) {
  node result;
  auto colon = x.value.rfind(':');
  auto* last = x.value.data() + x.value.size();
  if (colon != std::string::npos) {
    result.host = x.value.substr(0, colon);
    auto [end, code] = std::from_chars(x.value.data() + colon + 1, last,
                                       result.port);
    if (code != std::errc{} || end != last)
      result.port = 0;
  }
  if (result.host.size() > 2 && result.host.front() == '['
      && result.host.back() == ']')
    result.host = result.host.substr(1, result.host.size() - 2);
  else if (result.host.find(':') != std::string::npos)
    result.host.clear();
  if (result.host.empty() || result.port == 0)
    throw_bad(x, "HOST:PORT");
  return result;
}

} // namespace

options settle(const arguments& args, const caf::settings& file,
               const environment& env) {
  auto find = [&](const std::optional<std::string>& given, const char* flag,
                  const std::string& name,
                  const char* variable) -> std::optional<sourced> {
    if (given)
      return sourced{*given, flag};
    if (auto* x = caf::get_if<std::string>(&file, "fleet." + name))
      return sourced{*x, "fleet." + name};
    if (auto* x = caf::get_if(&file, "fleet." + name))
      return sourced{to_string(*x), "fleet." + name};
    if (auto* x = env(variable); x != nullptr && *x != '\0')
      return sourced{x, variable};
    return std::nullopt;
  };
  options result;
  if (!args.lab)
    if (auto x = find(args.inventory, "-i", "inventory", "FLEET_INVENTORY"))
      result.inventory = x->value;
  if (auto x = find(args.limit, "-l", "limit", "FLEET_LIMIT"))
    result.limit = x->value;
  if (auto x = find(args.forks, "-f", "forks", "FLEET_FORKS"))
    result.forks = to_forks(*x);
  if (auto x = find(args.timeout, "-T", "timeout", "FLEET_TIMEOUT"))
    result.timeout = to_timeout(*x);
  if (auto x = find(args.plugin, "--plugin", "plugin", "FLEET_PLUGIN"))
    result.plugin = x->value;
  if (auto x = find(args.node, "--node", "node", "FLEET_NODE"))
    result.at = to_node(*x);
  if (result.inventory.empty() && !args.lab)
    throw usage_error{"an inventory is missing: -i INVENTORY or --lab N"};
  if (result.at && args.lab)
    throw usage_error{"--lab serves this process: leave --node out"};
  return result;
}

void add_options(caf::config_option_set& known) {
  known.add<std::string>("fleet", "inventory", "as -i")
    .add<std::string>("fleet", "limit", "as -l")
    .add<uint64_t>("fleet", "forks", "as -f")
    .add<caf::timespan>("fleet", "timeout", "as -T")
    .add<std::string>("fleet", "plugin", "as --plugin")
    .add<std::string>("fleet", "node", "as --node");
}

} // namespace fleet
