// The code of docs/guide.md and docs/cluster.md, compiled against an installed
// tieline. tests/docs/check_code.cmake compares both.
#include <tieline/tieline.hpp>

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
    tieline::add_options(custom_options_);
  }
};

int run(int argc, char** argv) {
  config cfg; // before the actor system: it registers tieline's message types
  if (auto error = cfg.parse(argc, argv)) {
    std::cerr << to_string(error) << '\n';
    return 1;
  }
  if (auto error = check_settings(content(cfg))) {
    std::cerr << describe(error) << '\n';
    return 1;
  }
  caf::actor_system sys{cfg};
  auto manager = spawn_manager(sys); // reads tieline.* from the config
  auto ssh = spawn_ssh_factory(sys); // so does this: tieline.ssh.*
  set_factory(manager, "ssh", ssh);
  // Here the application spawns its own actors.
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  return 0;
}

const auto failed = [](const caf::error& reason) {
  std::cerr << describe(reason) << '\n';
};

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
  execute(self, r1, show).then(done, failed);
}

void many_hosts(caf::event_based_actor* self, const manager_actor& manager,
                const std::vector<open_item>& items) {
  auto done = [](const std::vector<open_outcome>& outcomes) {
    for (const auto& x : outcomes)
      std::cout << to_string(x.key) << ' '
                << (x.connection ? "open" : describe(x.error)) << '\n';
  };
  open(self, manager, items, 30s).then(done, failed);
}

bool may_try_again(const caf::error& reason) {
  switch (class_of(reason)) {
    case failure_class::transient:
      return true;
    case failure_class::refused: // it has not begun
      return true;
    case failure_class::lost: // it may have run
      return false;
    case failure_class::canceled: // somebody wanted that
      return false;
    default: // permanent
      return false;
  }
}

connection_params with_policy() {
  connection_params params;
  policy_overrides how;
  how.open_retries = 0;
  how.idle_timeout = 1h;
  params.policy = how;
  params.extras["execute-timeout"] = "5min"; // or as a text
  return params;
}

void ended_by_tag(caf::event_based_actor* self, const manager_actor& manager,
                  const connection_key& key, const connection_params& params) {
  auto done = [](const reply& got) { std::cout << got.output; };
  auto counted = [](uint64_t requests) { std::cout << requests << '\n'; };
  request show;
  show.body = "show tech-support";
  show.tag = "backup";
  show.caller = "nightly backup"; // as explain and events tell it
  execute(self, manager, key, params, show).then(done, failed);
  cancel(self, manager, "backup").then(counted, failed);
}

void in_a_row(caf::event_based_actor* self, const connection_actor& r1) {
  auto leased = [self, r1](uint64_t lease) {
    request enter;
    enter.body = "configure terminal";
    enter.lease = lease;
    execute(self, r1, enter)
      .then(
        [self, r1, lease](const reply&) {
          release(self, r1, lease).then([](bool) {}, failed);
        },
        failed);
  };
  acquire(self, r1, 30s).then(leased, failed);
}

void count(caf::event_based_actor* self, const manager_actor& manager) {
  auto done = [](const connection_summary& all) {
    for (auto [state, number] : all.states)
      std::cout << number << ' ' << to_string(state) << '\n';
  };
  summary(self, manager, selector{"edge-*", "*"}).then(done, failed);
}

// -- without an actor ---------------------------------------------------------

void tool(caf::actor_system& sys, const manager_actor& manager,
          const connection_params& params) {
  client tool{sys, manager};
  auto got = tool.run(connection_key{"r1", "ssh"}, params, "show version");
  std::cout << (got ? got->output : describe(got.error())) << '\n';
}

// -- workflows ----------------------------------------------------------------

void backup(caf::actor_system& sys, const manager_actor& manager,
            const std::vector<open_item>& devices) {
  workflow backup;
  backup.where = devices;
  backup.what.emplace_back().body = "show version";
  backup.what.emplace_back().body = "show running-config";
  backup.at_once = 50;
  backup.canaries = 2; // the others begin when these have succeeded
  backup.retries = 1;
  backup.stop_after = 5; // failed devices
  auto on_result = [](const run_result& x, const run_summary& so_far) {
    std::cout << so_far.succeeded << ": " << to_string(x.key) << ' '
              << (x.error.empty() ? "ok" : describe(x.error)) << '\n';
  };
  auto on_end = [](const run_summary& all) {
    std::cout << all.failed << " failed, " << all.skipped << " left out\n";
  };
  spawn_run(sys, manager, backup, {on_result, on_end});
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
  execute(self, r1, log).then(done, failed);
}

// -- NETCONF ------------------------------------------------------------------

void factories(caf::actor_system& sys, const manager_actor& manager) {
  auto ssh = spawn_ssh_factory(sys);
  set_factory(manager, "ssh", ssh);
  set_factory(manager, "netconf", spawn_netconf_factory(sys, ssh));
  set_factory(manager, "http", spawn_http_factory(sys));
}

void edit(caf::event_based_actor* self, const connection_actor& r1) {
  netconf::edit change;
  change.target = "candidate";
  change.config = "<system xmlns=\"urn:example\"><name>r1</name></system>";
  execute(self, r1, netconf::edit_config(change))
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
  auto done = [](const reply& got) { std::cout << got.status << got.output; };
  execute(self, r1, what).then(done, failed);
}

void put(caf::event_based_actor* self, const connection_actor& r1) {
  restconf::api api{"/restconf"};
  auto where = restconf::path_of({{"example:system"}, {"interface", {"e0/0"}}});
  auto done = [](const reply& got) {
    if (auto error = restconf::check(got))
      std::cerr << describe(error) << '\n';
  };
  execute(self, r1,
          api.put(where, R"({"example:interface":[{"name":"e0/0"}]})"))
    .then(done, failed);
}

// -- credentials --------------------------------------------------------------

connection_params with_credential() {
  connection_params params;
  params.hostname = "192.0.2.1";
  params.extras["credential"] = "core";
  return params;
}

// -- events and orders --------------------------------------------------------

void listen(caf::actor_system& sys, const manager_actor& manager) {
  auto print = [](const lifecycle_event& x) {
    std::cout << describe(x) << '\n';
  };
  spawn_listener(sys, manager, print, selector{"edge-*", "*"});
}

void explain_it(caf::event_based_actor* self, const manager_actor& manager) {
  auto done = [](const std::optional<explanation>& why) {
    if (why)
      std::cout << describe(*why);
  };
  explain(self, manager, connection_key{"edge-1", "ssh"}).then(done, failed);
}

void reboot(caf::event_based_actor* self, const manager_actor& manager) {
  auto done = [](uint64_t connections) { std::cout << connections << '\n'; };
  operate(self, manager, operation::expect_disconnect, selector{"edge-1", "*"},
          10min)
    .then(done, failed);
}

// -- jump hosts ---------------------------------------------------------------

connection_params behind_bastion() {
  connection_params bastion;
  bastion.hostname = "bastion.example";
  bastion.username = "me";
  bastion.extras["private-key-file"] = "/home/me/.ssh/id_ed25519";
  connection_params device;
  device.hostname = "10.0.0.7"; // as the bastion reaches it
  device.username = "admin";
  device.via = {{{"bastion", "ssh"}, bastion}};
  return device;
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
