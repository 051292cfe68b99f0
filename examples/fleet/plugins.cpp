#include "fleet/plugins.hpp"

#include "fleet/command_line.hpp"

#include <tieline/actors/connection/policy.hpp>
#include <tieline/transports/cli/cli.hpp>
#include <tieline/transports/http/http.hpp>
#include <tieline/transports/netconf/netconf.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <algorithm>

namespace fleet {

std::vector<const tieline::option_list*> extras_of(std::string_view plugin) {
  const auto& ssh = tieline::ssh_options::table();
  const auto& netconf = tieline::netconf_options::table();
  const auto& cli = tieline::cli_options::table();
  const auto& http = tieline::http_options::table();
  std::vector<const tieline::option_list*> result{
    &tieline::policy::table(), &tieline::limit_domains::table()};
  if (plugin == "ssh")
    result.insert(result.begin(), {&ssh});
  else if (plugin == "cli")
    result.insert(result.begin(), {&cli, &ssh});
  else if (plugin == "netconf")
    result.insert(result.begin(), {&netconf, &ssh});
  else if (plugin == "http")
    result.insert(result.begin(), {&http});
  else
    result.clear();
  return result;
}

bool is_secret(std::string_view extra, std::string_view plugin) {
  auto tables = extras_of(plugin);
  if (tables.empty())
    tables = {&tieline::ssh_options::table(), &tieline::http_options::table()};
  return std::any_of(tables.begin(), tables.end(), [extra](const auto* table) {
    return table->has_secret(extra);
  });
}

tieline::factory_actor spawn_plugin(caf::actor_system& sys,
                                    const std::string& name) {
  if (name == "ssh")
    return tieline::spawn_ssh_factory(sys);
  if (name == "netconf")
    return tieline::spawn_netconf_factory(sys, tieline::spawn_ssh_factory(sys));
  if (name == "cli")
    return tieline::spawn_cli_factory(sys, tieline::spawn_ssh_factory(sys));
  if (name == "http")
    return tieline::spawn_http_factory(sys);
  throw usage_error{"unknown plugin '" + name
                    + "'; there are: cli, http, netconf, ssh"};
}

} // namespace fleet
