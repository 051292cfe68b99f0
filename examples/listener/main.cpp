/// @file
/// Listens to the events of connections, and asks for the counters at the end.
#include <tieline/tieline.hpp>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

int main() {
  tieline::config cfg;
  caf::actor_system sys{cfg};
  auto manager = tieline::spawn_manager(sys);
  set_factory(manager, "lab", tieline::spawn_loopback_factory(sys));
  auto print = [](const tieline::lifecycle_event& x) {
    std::cout << to_string(x.key) << ' ' << to_string(x.what) << std::endl;
  };
  tieline::spawn_listener(sys, manager, print, {"edge-*", "*"});
  caf::scoped_actor self{sys};
  auto fail = [](const caf::error& reason) {
    std::cerr << tieline::describe(reason) << '\n';
  };
  tieline::client tool{sys, manager};
  for (auto host : {"core-1", "edge-1", "edge-2"})
    if (auto got = tool.run({host, "lab"}, {}, "show version"); !got)
      fail(got.error());
  counters(self, manager)
    .receive(
      [](const tieline::counters_snapshot& all) {
        for (const auto& [plugin, count] : all)
          std::cout << plugin << ": " << count.open_calls << " opened\n";
      },
      fail);
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}
