// The code of docs/guide.md and docs/cluster.md, compiled against an installed
// tieline. tests/docs/check_code.cmake compares both.
#include <tieline/actors/cluster/cluster.hpp>
#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/actors/settings.hpp>
#include <tieline/messages/options/config.hpp>
#include <tieline/transports/credentials/credentials.hpp>
#include <tieline/transports/etcd/etcd.hpp>
#include <tieline/transports/http/http.hpp>
#include <tieline/transports/http/restconf.hpp>
#include <tieline/transports/http/sse_sink.hpp>
#include <tieline/transports/netconf/guardian.hpp>
#include <tieline/transports/netconf/netconf.hpp>
#include <tieline/transports/netconf/netconf_error.hpp>
#include <tieline/transports/netconf/operations.hpp>
#include <tieline/transports/netconf/subscription.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace guide {

using namespace std::chrono_literals;
using namespace tieline;

// -- embedding ----------------------------------------------------------------

struct config : tieline::config {
  config() {
    settings::add_options(custom_options_);
    ssh_options::add_options(custom_options_);
  }
};

int run(int argc, char** argv) {
  tieline::init(); // before the actor system is created
  config cfg;
  if (auto error = cfg.parse(argc, argv)) {
    std::cerr << to_string(error) << '\n';
    return 1;
  }
  caf::actor_system sys{cfg};
  auto options = ssh_options::load(content(cfg));
  if (!options) {
    std::cerr << describe(options.error()) << '\n';
    return 1;
  }
  auto manager = spawn_manager(sys); // reads tieline.* from the config
  auto ssh = spawn_ssh_factory(sys, *options);
  caf::anon_send(manager, set_factory_atom_v, std::string{"ssh"}, ssh);
  // Here the application spawns its own actors.
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  return 0;
}

// -- requests -----------------------------------------------------------------

void one_request(caf::event_based_actor* self, const connection_actor& r1) {
  request show;
  show.body = "show running-config";
  show.timeout = 10s;
  show.output_limit = 1'000'000; // bytes
  auto done = [](const reply& got) {
    std::cout << "status " << got.status << ":\n" << got.output;
  };
  auto failed = [](const caf::error& reason) {
    if (code_of(reason) == errc::connection_lost)
      std::cerr << "the command may have run: ";
    std::cerr << describe(reason) << '\n';
  };
  self->request(r1, caf::infinite, execute_atom_v, show).then(done, failed);
}

void many_hosts(caf::event_based_actor* self, const manager_actor& manager,
                const std::vector<open_item>& items) {
  self
    ->request(manager, caf::infinite, caf::open_atom_v, items,
              caf::timespan{30s})
    .then([](const std::vector<open_outcome>& outcomes) {
      for (const auto& x : outcomes)
        std::cout << to_string(x.key) << ' '
                  << (x.connection ? "open" : describe(x.error)) << '\n';
    });
}

// -- streams ------------------------------------------------------------------

void stream(caf::actor_system& sys, caf::event_based_actor* self,
            const connection_actor& r1) {
  auto printer
    = sys.spawn([](sink_actor::pointer) -> sink_actor::behavior_type {
        return {[](const chunk& piece) { std::cout << piece.output; }};
      });
  request log;
  log.body = "show logging";
  log.sink = printer;
  auto done = [](const reply&) { std::cout << "that was all\n"; };
  self->request(r1, caf::infinite, execute_atom_v, log).then(done);
}

// -- NETCONF ------------------------------------------------------------------

void factories(caf::actor_system& sys, const manager_actor& manager) {
  auto ssh = spawn_ssh_factory(sys);
  auto netconf = spawn_netconf_factory(sys, ssh);
  auto http = spawn_http_factory(sys);
  caf::anon_send(manager, set_factory_atom_v, std::string{"ssh"}, ssh);
  caf::anon_send(manager, set_factory_atom_v, std::string{"netconf"}, netconf);
  caf::anon_send(manager, set_factory_atom_v, std::string{"http"}, http);
}

void edit(caf::event_based_actor* self, const connection_actor& r1) {
  netconf::edit change;
  change.target = "candidate";
  change.config = "<system xmlns=\"urn:example\"><name>r1</name></system>";
  self->request(r1, caf::infinite, execute_atom_v, netconf::edit_config(change))
    .then([](const reply&) { std::cout << "edited\n"; },
          [](const caf::error& reason) {
            for (const auto& x : netconf_errors_of(reason))
              std::cerr << x.tag << ": " << x.message << '\n';
          });
}

subscription_actor subscribe(caf::actor_system& sys,
                             caf::event_based_actor* self,
                             const connection_actor& events_of_r1) {
  auto alarms = spawn_netconf_subscription(sys, events_of_r1);
  auto sink = sys.spawn(
    [](notification_sink::pointer) -> notification_sink::behavior_type {
      return {[](const notification& x) {
        if (x.what == notification_kind::event)
          std::cout << x.body << '\n';
        else
          std::cout << to_string(x.what) << ": " << describe(x.reason) << '\n';
      }};
    });
  self->request(alarms, caf::infinite, caf::subscribe_atom_v, sink).then([] {});
  return alarms;
}

void guard(caf::actor_system& sys, caf::event_based_actor* self,
           const manager_actor& manager, const connection_params& params) {
  connection_key r1{"r1", "netconf"};
  auto guardian = spawn_netconf_guardian(sys, manager, r1, params);
  auto verifier
    = sys.spawn([](verifier_actor::pointer) -> verifier_actor::behavior_type {
        return {[](const connection_actor&) -> caf::result<void> {
          return caf::unit; // or an error, which rejects the change
        }};
      });
  guarded_change change;
  change.config = "<system xmlns=\"urn:example\"><name>r1</name></system>";
  change.confirm_timeout = 60s;
  self->request(guardian, caf::infinite, change, verifier)
    .then([guardian] { std::cout << "confirmed\n"; },
          [](const caf::error& reason) {
            std::cerr << "not changed: " << describe(reason) << '\n';
          });
}

// -- HTTP ---------------------------------------------------------------------

void get(caf::event_based_actor* self, const connection_actor& r1) {
  request what;
  what.attributes["method"] = "GET";
  what.attributes["path"] = "/restconf/data/example:system";
  what.attributes["header.accept"] = "application/yang-data+json";
  self->request(r1, caf::infinite, execute_atom_v, what)
    .then([](const reply& got) { std::cout << got.status << got.output; });
}

void put(caf::event_based_actor* self, const connection_actor& r1) {
  restconf::api api{"/restconf"};
  auto where = restconf::path_of({{"example:system"}, {"interface", {"e0/0"}}});
  self
    ->request(r1, caf::infinite, execute_atom_v,
              api.put(where, R"({"example:interface":[{"name":"e0/0"}]})"))
    .then([](const reply& got) {
      if (auto error = restconf::check(got))
        std::cerr << describe(error) << '\n';
    });
}

// -- credentials --------------------------------------------------------------

connection_params with_credential() {
  connection_params params;
  params.hostname = "192.0.2.1";
  params.extras["credential"] = "core";
  return params;
}

// -- events and orders --------------------------------------------------------

listener_actor listen(caf::actor_system& sys, caf::event_based_actor* self,
                      const manager_actor& manager) {
  auto listener
    = sys.spawn([](listener_actor::pointer) -> listener_actor::behavior_type {
        return {[](const lifecycle_event& x) {
          std::cout << to_string(x.key) << ' ' << to_string(x.what) << '\n';
        }};
      });
  self
    ->request(manager, caf::infinite, caf::subscribe_atom_v, listener,
              selector{"edge-*", "*"})
    .then([] {});
  return listener; // keep the handle: the manager does not
}

void explain(caf::event_based_actor* self, const manager_actor& manager) {
  self
    ->request(manager, caf::infinite, explain_atom_v,
              connection_key{"edge-1", "ssh"})
    .then([](const std::optional<explanation>& why) {
      if (why)
        std::cout << describe(*why);
    });
}

void reboot(caf::event_based_actor* self, const manager_actor& manager) {
  self
    ->request(manager, caf::infinite, operate_atom_v,
              operation::expect_disconnect, selector{"edge-1", "*"},
              caf::timespan{10min})
    .then([](uint64_t connections) { std::cout << connections << '\n'; });
}

// -- nodes and clusters -------------------------------------------------------

caf::error prepare(caf::actor_system_config& cfg) {
  return enable_nodes(cfg); // after parsing, before the actor system is created
}

caf::error serve(caf::actor_system& sys, const manager_actor& manager) {
  auto port = publish(sys, manager); // at tieline.node.port
  return port ? caf::error{} : port.error();
}

caf::error use(caf::actor_system& sys) {
  auto manager = connect(sys, "core.example.net", 4711);
  if (!manager)
    return manager.error();
  caf::anon_send(*manager, caf::open_atom_v, connection_key{"r1", "ssh"},
                 with_credential(), caf::timespan{0});
  return {};
}

caf::error lend(caf::actor_system& sys) {
  auto core = connect(sys, "core.example.net", 4711);
  if (!core)
    return core.error();
  auto ssh = spawn_ssh_factory(sys);
  caf::anon_send(*core, set_factory_atom_v, std::string{"ssh"}, ssh);
  return {};
}

caf::expected<router_actor> join(caf::actor_system& sys) {
  auto how = cluster_config::load(content(sys.config()));
  if (!how)
    return how.error();
  auto manager = spawn_manager(sys); // set its factories as usual
  auto store = spawn_etcd_store(sys, how->cluster.access(),
                                spawn_http_factory(sys));
  return join_cluster(sys, manager, *how, store);
}

} // namespace guide
