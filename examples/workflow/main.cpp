/// @file
/// Backs up 200 simulated devices: three commands on each, 50 devices at once.
/// Retries what may pass; five devices that fail stop the rest.
#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

int main() {
  tieline::config cfg;
  caf::actor_system sys{cfg};
  auto manager = tieline::spawn_manager(sys);
  set_factory(manager, "lab",
              tieline::spawn_loopback_factory(sys, [](const auto& device) {
                tieline::loopback_script script;
                if (device.hostname == "r13") // has no power
                  script.open_error = make_error(tieline::errc::refused, {});
                return script;
              }));
  tieline::workflow backup;
  for (auto i = 0; i < 200; ++i)
    backup.where.push_back({{"r" + std::to_string(i), "lab"}, {}});
  for (auto command : {"show version", "show inventory", "show running-config"})
    backup.what.emplace_back().body = command;
  backup.retries = 1;
  backup.stop_after = 5;
  auto on_result = [](const tieline::run_result& x, const auto&) {
    if (!x.error.empty())
      std::cerr << tieline::describe(x.error) << '\n';
  };
  auto on_end = [](const tieline::run_summary& all) {
    std::cout << all.succeeded << " backed up, " << all.failed << " failed\n";
  };
  caf::scoped_actor self{sys};
  self->wait_for(spawn_run(sys, manager, backup, {on_result, on_end}));
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}
