/// @file
/// One manager, used by another process. `nodes serve` publishes it, with all
/// plugins; `nodes use` opens a connection to a made-up device through it and
/// runs a command, again and again while the serving process comes and goes:
///
///     nodes serve --tieline.node.port=4711
///     nodes use --nodes.port=4711 --nodes.times=100
///
/// So does `fleet --node localhost:4711` with real devices. Credentials that
/// their params name are read from `--config-file`. With
/// `--tieline.node.certificate`, `key` and `ca-file` links use TLS.

#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/transports/http/http.hpp>
#include <tieline/transports/loopback.hpp>
#include <tieline/transports/netconf/netconf.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
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
    tieline::http_options::add_options(custom_options_);
    tieline::netconf_options::add_options(custom_options_);
    tieline::ssh_options::add_options(custom_options_);
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

/// Reads the options of a plugin from the config.
template <class Options>
Options load(const caf::actor_system& sys) {
  auto result = Options::load(content(sys.config()));
  if (!result)
    throw std::invalid_argument{tieline::describe(result.error())};
  return *result;
}

std::map<std::string, tieline::factory_actor>
spawn_factories(caf::actor_system& sys) {
  auto ssh_how = load<tieline::ssh_options>(sys);
  auto netconf_how = load<tieline::netconf_options>(sys);
  auto http_how = load<tieline::http_options>(sys);
  auto ssh = tieline::spawn_ssh_factory(sys, ssh_how);
  return {{"ssh", ssh},
          {"netconf", tieline::spawn_netconf_factory(sys, ssh, netconf_how)},
          {"http", tieline::spawn_http_factory(sys, http_how)},
          {"loopback", tieline::spawn_loopback_factory(sys, device)}};
}

int serve(caf::actor_system& sys, const sigset_t& end) {
  auto factories = spawn_factories(sys);
  auto manager = tieline::spawn_manager(sys);
  caf::scoped_actor self{sys};
  for (auto& [plugin, factory] : factories)
    compat::request(self.ptr(), manager, caf::infinite,
                    tieline::set_factory_atom_v, plugin, factory)
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
  for (auto& [plugin, factory] : factories)
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
  try {
    return mode == "serve" ? serve(sys, end) : use(sys, cfg);
  } catch (const std::exception& x) {
    std::cerr << x.what() << '\n';
    return 1;
  }
}
