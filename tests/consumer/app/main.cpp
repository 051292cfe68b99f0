// The example of the README, as a program that finds an installed tieline.
// tests/docs/check_code.cmake compares both.
#include <tieline/actors/manager.hpp>
#include <tieline/transports/loopback.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

namespace {

void run(caf::actor_system& sys) {
  using namespace tieline;
  auto manager = spawn_manager(sys);
  auto factory = spawn_loopback_factory(sys); // or spawn_ssh_factory(sys)
  caf::anon_send(manager, set_factory_atom_v, std::string{"demo"}, factory);

  auto app = sys.spawn([manager](caf::event_based_actor* self) {
    auto failed = [](const caf::error& e) { std::cerr << describe(e) << '\n'; };
    connection_params params;
    params.hostname = "192.0.2.1";
    params.username = "admin";
    params.password = secret{"from your vault"};
    self
      ->request(manager, caf::infinite, caf::open_atom_v,
                connection_key{"r1", "demo"}, params, caf::timespan{0})
      .then(
        [self, failed](const std::optional<connection_actor>& r1) {
          if (!r1) // no factory for the plugin
            return;
          request show;
          show.body = "show version";
          self->request(*r1, caf::infinite, execute_atom_v, show)
            .then([](const reply& got) { std::cout << got.output << '\n'; },
                  failed);
        },
        failed);
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
