#include "fleet/options.hpp"

#include <tieline/messages/options/option_table.hpp>
#include <tieline/messages/support/host_port.hpp>

#include <caf/config_value.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <locale>
#include <optional>
#include <sstream>

namespace fleet {

namespace {

std::optional<node> to_node(const std::string& text) {
  node result;
  if (tieline::read_host_port(text, result.host, result.port).empty())
    return result;
  return std::nullopt;
}

constexpr tieline::text_rule node_rule{"HOST:PORT", [](const std::string& x) {
                                         return x.empty()
                                                || to_node(x).has_value();
                                       }};

/// Reads a time as the command line has it, where seconds need no unit and may
/// have a fraction.
caf::config_value to_time(const std::string& text) {
  std::istringstream in{text};
  in.imbue(std::locale::classic());
  double seconds = 0;
  if (in >> seconds && in.eof())
    return caf::config_value{caf::timespan{std::llround(seconds * 1e9)}};
  return caf::config_value{text};
}

/// Where an option may be given, in this order; its setting comes second.
struct source {
  const char* name;
  std::optional<std::string> arguments::*given;
  const char* flag;
  const char* variable;
};

constexpr source sources[] = {
  {"inventory", &arguments::inventory, "-i", "FLEET_INVENTORY"},
  {"limit", &arguments::limit, "-l", "FLEET_LIMIT"},
  {"forks", &arguments::forks, "-f", "FLEET_FORKS"},
  {"timeout", &arguments::timeout, "-T", "FLEET_TIMEOUT"},
  {"plugin", &arguments::plugin, "--plugin", "FLEET_PLUGIN"},
  {"node", &arguments::node, "--node", "FLEET_NODE"},
  {"ssh-config", &arguments::ssh_config, "-F", "FLEET_SSH_CONFIG"},
};

void set(options& into, const std::string& name, const caf::config_value& value,
         const std::string& from) {
  if (auto why = options::table().set(into, name, value); !why.empty())
    throw usage_error{from + ": " + why};
}

void set(options& into, const std::string& name, const std::string& text,
         const std::string& from) {
  set(into, name, name == "timeout" ? to_time(text) : caf::config_value{text},
      from);
}

} // namespace

} // namespace fleet

template struct tieline::configurable<fleet::options>;

namespace fleet {

const tieline::option_table<options>& options::table() {
  static const tieline::option_table<options> result{
    "fleet",
    {
      {"inventory", &options::inventory, tieline::a_path,
       "as -i: the folder of the inventory, or its hosts file"},
      {"limit", &options::limit, "as -l: globs on hosts and groups"},
      {"forks", &options::forks, tieline::limits<uint64_t>{1, 100'000},
       "as -f: hosts at once"},
      {"timeout", &options::timeout,
       tieline::limits<caf::timespan>{std::chrono::milliseconds{1},
                                      std::chrono::hours{24}, true},
       "as -T: for each host; 0s: as the other settings say"},
      {"plugin", &options::plugin,
       "as --plugin: how to connect; empty: as the hosts' platforms want"},
      {"node", &options::address, node_rule,
       "as --node: where the manager is; empty: in this process"},
      {"ssh-config", &options::ssh_config,
       tieline::text_rule{"a path, or none"},
       "as -F: a file of ssh_config(5); empty: those of user and system"},
    }};
  return result;
}

options settle(const arguments& args, const caf::settings& file,
               const environment& env) {
  options result;
  for (const auto& x : sources) {
    const std::string name{x.name};
    if (args.lab && name == "inventory")
      continue;
    if (const auto& given = args.*x.given)
      set(result, name, *given, x.flag);
    else if (auto* value = caf::get_if(&file, "fleet." + name))
      set(result, name, *value, "fleet." + name);
    else if (auto* text = env(x.variable); text != nullptr && *text != '\0')
      set(result, name, std::string{text}, x.variable);
  }
  result.at = to_node(result.address);
  if (result.inventory.empty() && !args.lab)
    throw usage_error{"an inventory is missing: -i INVENTORY or --lab N"};
  if (result.at && args.lab)
    throw usage_error{"--lab serves this process: leave --node out"};
  if (result.at && args.ssh_config && result.ssh_config != "none")
    throw usage_error{"the node reads its own files: leave -F out"};
  return result;
}

} // namespace fleet
