#include "modes.hpp"

#include <tieline/actors/cluster/cluster.hpp>
#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/transports/etcd/etcd.hpp>
#include <tieline/transports/http/http.hpp>
#include <tieline/transports/loopback.hpp>
#include <tieline/transports/netconf/netconf.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <caf/scoped_actor.hpp>

#include <iostream>
#include <map>
#include <string>

namespace nodes {

namespace {

/// Stands for real devices, and says on which node it is asked.
tieline::factory_actor spawn_made_up_devices(caf::actor_system& sys,
                                             std::string node) {
  auto device = [node = std::move(node)](const tieline::connection_key& key) {
    tieline::loopback_script script;
    script.execute = [node, key](const tieline::request& what) {
      tieline::reply reply;
      reply.output = key.hostname + "> " + what.body + ": version 7.1";
      if (!node.empty())
        reply.output += " on node " + node;
      return caf::expected<tieline::reply>{std::move(reply)};
    };
    return script;
  };
  return tieline::spawn_loopback_factory(sys, device);
}

std::map<std::string, tieline::factory_actor>
spawn_factories(caf::actor_system& sys, const std::string& node) {
  auto ssh = tieline::spawn_ssh_factory(sys);
  return {{"ssh", ssh},
          {"netconf", tieline::spawn_netconf_factory(sys, ssh)},
          {"http", tieline::spawn_http_factory(sys)},
          {"loopback", spawn_made_up_devices(sys, node)}};
}

/// Returns who is to be told to end: the router, which ends the manager, or
/// the manager.
caf::expected<tieline::manager_actor>
publish(caf::actor_system& sys, const tieline::manager_actor& manager,
        const tieline::cluster_config& how,
        const tieline::key_value_store_actor& store) {
  if (how.cluster.nodes.empty() && how.cluster.etcd.empty()) {
    auto port = tieline::publish(sys, manager);
    if (!port)
      return port.error();
    std::cout << "serving at port " << *port << std::endl;
    return manager;
  }
  auto report = [name = how.node_name](const caf::error& trouble) {
    if (trouble)
      std::cerr << "node " << name << ": " << tieline::describe(trouble)
                << std::endl;
    else
      std::cout << "node " << name << " has joined" << std::endl;
  };
  auto router = tieline::join_cluster(sys, manager, how, store, report);
  if (!router)
    return router.error();
  return tieline::manager_actor{*router};
}

} // namespace

int serve(caf::actor_system& sys, const sigset_t& end) {
  auto how = tieline::cluster_config::load(content(sys.config()));
  if (!how)
    return fail(how.error());
  auto factories = spawn_factories(sys, how->node_name);
  auto manager = tieline::spawn_manager(sys);
  caf::scoped_actor self{sys};
  for (auto& [plugin, factory] : factories)
    compat::request(self.ptr(), manager, caf::infinite,
                    tieline::set_factory_atom_v, plugin, factory)
      .receive([](bool) {}, [](const caf::error& reason) { fail(reason); });
  auto status = 0;
  tieline::key_value_store_actor store;
  if (!how->cluster.etcd.empty())
    store = tieline::spawn_etcd_store(sys, how->cluster.access(),
                                      factories["http"]);
  auto published = publish(sys, manager, *how, store);
  if (published) {
    auto signal = 0;
    sigwait(&end, &signal);
    // Hands over what it has, and closes all else in good order.
    compat::request(self.ptr(), *published, caf::infinite,
                    tieline::shutdown_atom_v, caf::timespan{0})
      .receive([] {}, [](const caf::error& reason) { fail(reason); });
  } else {
    status = fail(published.error());
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  }
  self->wait_for(manager);
  if (store)
    caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  for (auto& [plugin, factory] : factories)
    caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
  return status;
}

} // namespace nodes
