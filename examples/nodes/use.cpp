#include "modes.hpp"

#include <tieline/actors/node/node.hpp>
#include <tieline/messages/support/printable.hpp>

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <thread>

namespace nodes {

namespace {

/// Opens, which costs nothing if it is open, and runs a command.
bool run_once(caf::scoped_actor& self, const tieline::manager_actor& manager) {
  auto failed = [](const caf::error& reason) { fail(reason); };
  std::optional<tieline::connection_actor> connection;
  compat::request(self.ptr(), manager, caf::infinite, caf::open_atom_v,
                  tieline::connection_key{"r1", "loopback"},
                  tieline::connection_params{}, caf::timespan{0})
    .receive(
      [&](std::optional<tieline::connection_actor>& got) {
        connection = std::move(got);
      },
      failed);
  if (!connection)
    return false;
  auto done = false;
  tieline::request what;
  what.body = "show version";
  compat::request(self.ptr(), *connection, caf::infinite,
                  tieline::execute_atom_v, std::move(what))
    .receive(
      [&](const tieline::reply& reply) {
        std::cout << tieline::printable_lines(reply.output) << std::endl;
        done = true;
      },
      failed);
  return done;
}

} // namespace

int use(caf::actor_system& sys, const config& cfg) {
  auto manager = tieline::connect(sys, cfg.host, cfg.port);
  if (!manager)
    return fail(manager.error());
  caf::scoped_actor self{sys};
  auto good = true;
  for (uint64_t i = 0; i < cfg.times; ++i) {
    if (i > 0)
      std::this_thread::sleep_for(std::chrono::seconds{1});
    good = run_once(self, *manager);
  }
  return good ? 0 : 1;
}

} // namespace nodes
