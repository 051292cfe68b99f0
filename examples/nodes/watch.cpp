#include "modes.hpp"

#include <tieline/actors/node/node.hpp>

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace nodes {

namespace {

caf::expected<tieline::router_actor> reach(caf::actor_system& sys,
                                           const config& cfg) {
  auto how = tieline::node_settings::load(content(sys.config()));
  if (!how)
    return how.error();
  return tieline::connect_router(sys, cfg.host, cfg.port, *how);
}

/// What came of one round.
struct round {
  std::map<std::string, size_t> keys_of_node;
  std::map<std::string, size_t> errors;
};

/// Opens all devices, which costs nothing where they are open, and runs a
/// command on each.
round ask_all(caf::scoped_actor& self, const tieline::router_actor& router,
              uint64_t keys) {
  round result;
  auto failed = [&result](const caf::error& reason) {
    auto why = tieline::describe(reason);
    // Without the key, which differs from device to device.
    ++result.errors[why.substr(why.find(": ") + 2)];
  };
  std::vector<tieline::open_item> items(keys);
  for (uint64_t i = 0; i < keys; ++i)
    items[i].key = {"r" + std::to_string(i + 1), "loopback"};
  std::vector<tieline::connection_actor> open;
  compat::request(self.ptr(), router, caf::infinite, caf::open_atom_v,
                  std::move(items), caf::timespan{std::chrono::seconds{10}})
    .receive(
      [&](const std::vector<tieline::open_outcome>& got) {
        for (const auto& x : got)
          if (x.connection)
            open.push_back(*x.connection);
          else
            failed(x.error);
      },
      failed);
  for (const auto& connection : open) {
    tieline::request what;
    what.body = "show version";
    what.timeout = std::chrono::seconds{5};
    compat::request(self.ptr(), connection, caf::infinite,
                    tieline::execute_atom_v, std::move(what))
      .receive(
        [&](const tieline::reply& reply) {
          auto i = reply.output.rfind(' ');
          ++result.keys_of_node[reply.output.substr(i + 1)];
        },
        failed);
  }
  return result;
}

void print(const round& x) {
  for (const auto& [node, count] : x.keys_of_node)
    std::cout << node << ": " << std::setw(3) << count << "   ";
  for (const auto& [why, count] : x.errors)
    std::cout << count << "x " << why << "   ";
  std::cout << std::endl;
}

/// Has a node do something, and says what it `has` done.
template <class... Args>
int tell(caf::actor_system& sys, const config& cfg, const char* has,
         Args... args) {
  auto router = reach(sys, cfg);
  if (!router)
    return fail(router.error());
  caf::scoped_actor self{sys};
  auto status = 0;
  compat::request(self.ptr(), *router, caf::infinite, std::move(args)...)
    .receive(
      [&] { std::cout << "node " << cfg.name << " has " << has << '\n'; },
      [&status](const caf::error& reason) { status = fail(reason); });
  return status;
}

} // namespace

int watch(caf::actor_system& sys, const config& cfg) {
  auto router = reach(sys, cfg);
  if (!router)
    return fail(router.error());
  caf::scoped_actor self{sys};
  auto good = true;
  for (uint64_t i = 0; i < cfg.times; ++i) {
    if (i > 0)
      std::this_thread::sleep_for(std::chrono::seconds{1});
    auto now = ask_all(self, *router, cfg.keys);
    print(now);
    good = now.errors.empty();
  }
  return good ? 0 : 1;
}

int show(caf::actor_system& sys, const config& cfg) {
  auto router = reach(sys, cfg);
  if (!router)
    return fail(router.error());
  caf::scoped_actor self{sys};
  auto status = 0;
  compat::request(self.ptr(), *router, caf::infinite, tieline::nodes_atom_v)
    .receive(
      [](const std::vector<tieline::node_status>& nodes) {
        std::cout << "node       state    shards  connections  opened  at\n";
        for (const auto& x : nodes) {
          uint64_t opened = 0;
          for (const auto& [plugin, counters] : x.counters)
            opened += counters.open_calls;
          std::cout << std::left << std::setw(11) << x.node.name << std::setw(9)
                    << to_string(x.node.state) << std::right << std::setw(6)
                    << x.shards << std::setw(13) << x.connections
                    << std::setw(8) << opened << "  " << x.node.host << ':'
                    << x.node.port;
          if (x.reason)
            std::cout << "  " << tieline::describe(x.reason);
          std::cout << '\n';
        }
      },
      [&status](const caf::error& reason) { status = fail(reason); });
  return status;
}

int leave(caf::actor_system& sys, const config& cfg) {
  return tell(sys, cfg, "left", tieline::leave_atom_v, cfg.name,
              caf::timespan{0});
}

int join(caf::actor_system& sys, const config& cfg) {
  return tell(sys, cfg, "joined", tieline::join_atom_v, cfg.name);
}

} // namespace nodes
