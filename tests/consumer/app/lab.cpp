/// @file
/// A test of one's own against simulated devices: docs/guide.md.
#include <tieline/lab/lab.hpp>
#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>

#include <iostream>
#include <string>

using namespace tieline;

namespace {

caf::expected<reply> ask_a_device(caf::actor_system& sys,
                                  const manager_actor& manager) {
  lab::server devices; // one device, until the end of this block
  devices.add_command("show clock", [](const lab::invocation& how) {
    return lab::result{"12:00 at " + how.where.name() + '\n', {}};
  });
  connection_params params;
  params.hostname = devices.at(0).address();
  params.port = devices.at(0).port();
  params.username = "lab";
  params.password = secret{"lab"};
  params.extras["host-key-policy"] = "off";
  client tool{sys, manager};
  return tool.run(connection_key{"r1", "ssh"}, params, "show clock");
}

} // namespace

int main() {
  tieline::config cfg;
  caf::actor_system sys{cfg};
  auto manager = spawn_manager(sys);
  set_factory(manager, "ssh", spawn_ssh_factory(sys));
  auto got = ask_a_device(sys, manager);
  std::cout << (got ? got->output : describe(got.error())) << '\n';
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}
