// The example of the README, as a program that finds an installed tieline.
// tests/docs/check_code.cmake compares both.
#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

namespace {

void run(caf::actor_system& sys) {
  using namespace tieline;
  auto manager = spawn_manager(sys);
  set_factory(manager, "demo", spawn_loopback_factory(sys));
  set_factory(manager, "ssh", spawn_ssh_factory(sys));

  auto app = sys.spawn([manager](caf::event_based_actor* self) {
    connection_params params;
    params.hostname = "192.0.2.1";
    params.username = "admin";
    params.password = secret{"from your vault"};
    execute(self, manager, connection_key{"r1", "demo"}, params, "show version")
      .then([](const reply& got) { std::cout << got.output << '\n'; },
            [](const caf::error& e) { std::cerr << describe(e) << '\n'; });
  });
  caf::scoped_actor {
    sys
    } -> wait_for(app);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}

} // namespace

int main() {
  tieline::init();
  caf::actor_system_config config;
  config.set("caf.scheduler.policy", "sharing");
  caf::actor_system sys{config};
  run(sys);
}
