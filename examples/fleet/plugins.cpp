#include "fleet/plugins.hpp"

#include "fleet/command_line.hpp"

#include <tieline/messages/failure.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_system_config.hpp>

namespace fleet {

tieline::factory_actor spawn_plugin(caf::actor_system& sys,
                                    const std::string& name) {
  if (name != "ssh")
    throw usage_error{"unknown plugin '" + name + "'; there is: ssh"};
  auto options = tieline::ssh_options::load(content(sys.config()));
  if (!options)
    throw usage_error{tieline::describe(options.error())};
  return tieline::spawn_ssh_factory(sys, *options);
}

} // namespace fleet
