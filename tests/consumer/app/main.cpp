// The README's example.
#include <tieline/actors/manager.hpp>
#include <tieline/transports/loopback.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

int main() {
  using namespace tieline;
  init();
  caf::actor_system_config config;
  config.set("caf.scheduler.policy", "sharing");
  caf::actor_system sys{config};
  caf::scoped_actor self{sys};

  auto manager = spawn_manager(sys);
  auto factory = spawn_loopback_factory(sys);
  self->send(manager, set_factory_atom_v, std::string{"loopback"}, factory);

  auto status = 1;
  connection_params params;
  params.hostname = "192.0.2.1";
  self
    ->request(manager, caf::infinite, caf::open_atom_v,
              connection_key{"r1", "loopback"}, params, caf::timespan{0})
    .receive(
      [&](const std::optional<connection_actor>& connection) {
        request show;
        show.body = "show version";
        self->request(*connection, caf::infinite, execute_atom_v, show)
          .receive(
            [&](const reply& got) {
              std::cout << got.output << '\n';
              status = got.output == "show version" ? 0 : 1;
            },
            [](const caf::error& e) { std::cerr << describe(e) << '\n'; });
      },
      [](const caf::error& e) { std::cerr << describe(e) << '\n'; });

  self->send_exit(manager, caf::exit_reason::user_shutdown);
  self->send_exit(factory, caf::exit_reason::user_shutdown);
  return status;
}
