/// @file
/// One manager, used by another process. `nodes serve` publishes it, `nodes
/// use` opens a connection through it and runs a command, again and again while
/// the serving process comes and goes:
///
///     nodes serve --tieline.node.port=4711
///     nodes use --nodes.port=4711 --nodes.times=100
///
/// With `--tieline.node.certificate`, `key` and `ca-file` links use TLS.

#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/loopback.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <thread>

namespace {

namespace compat = tieline::compat;

struct config : caf::actor_system_config {
  config() {
    opt_group{custom_options_, "nodes"}
      .add(host, "host", "use: where the manager is")
      .add(port, "port", "use: its port")
      .add(times, "times", "use: how many commands to run, one a second");
    tieline::settings::add_options(custom_options_);
    tieline::node_settings::add_options(custom_options_);
  }

  std::string host = "127.0.0.1";
  uint16_t port = 4711;
  uint64_t times = 1;
};

int fail(const caf::error& reason) {
  std::cerr << tieline::describe(reason) << '\n';
  return 1;
}

/// Stands for real devices.
tieline::loopback_script device(const tieline::connection_key& key) {
  tieline::loopback_script script;
  script.execute = [key](const tieline::request& what) {
    tieline::reply reply;
    reply.output = key.hostname + "> " + what.body + ": version 7.1";
    return caf::expected<tieline::reply>{std::move(reply)};
  };
  return script;
}

int serve(caf::actor_system& sys, const sigset_t& end) {
  auto manager = tieline::spawn_manager(sys);
  auto factory = tieline::spawn_loopback_factory(sys, device);
  caf::scoped_actor self{sys};
  compat::request(self.ptr(), manager, caf::infinite,
                  tieline::set_factory_atom_v, std::string{"loopback"}, factory)
    .receive([](bool) {}, fail);
  auto status = 0;
  if (auto port = tieline::publish(sys, manager)) {
    std::cout << "serving at port " << *port << std::endl;
    auto signal = 0;
    sigwait(&end, &signal);
  } else {
    status = fail(port.error());
  }
  // Closes all connections in good order, then the system can end.
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  self->wait_for(manager);
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
  return status;
}

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
        std::cout << reply.output << std::endl;
        done = true;
      },
      failed);
  return done;
}

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

} // namespace

int main(int argc, char** argv) {
  // Blocked in all threads to come: `serve` waits for them.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGINT);
  sigaddset(&end, SIGTERM);
  std::string mode = argc > 1 ? argv[1] : "";
  if (mode != "serve" && mode != "use") {
    std::cerr << "usage: nodes serve|use [OPTION...] (nodes use --help)\n";
    return 2;
  }
  tieline::init();
  config cfg;
  // CAF's parser stops at the first word that is no option.
  if (auto error = cfg.parse(argc - 1, argv + 1))
    return fail(error);
  if (cfg.cli_helptext_printed)
    return 0;
  if (auto error = tieline::enable_nodes(cfg))
    return fail(error);
  if (mode == "serve")
    pthread_sigmask(SIG_BLOCK, &end, nullptr);
  caf::actor_system sys{cfg};
  return mode == "serve" ? serve(sys, end) : use(sys, cfg);
}
