#include "tieline/actors/cluster/cluster.hpp"

#include "tieline/actors/cluster/membership/addresses.hpp"
#include "tieline/actors/cluster/membership/etcd_coordinator.hpp"
#include "tieline/actors/cluster/membership/static_membership.hpp"
#include "tieline/actors/cluster/router.hpp"
#include "tieline/actors/node/node.hpp"
#include "tieline/actors/settings.hpp"
#include "tieline/messages/options/option_value.hpp"
#include "tieline/messages/support/host_port.hpp"

#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace tieline {

namespace {

/// Reads where others reach this node: what the settings say, or else what it
/// publishes at.
caf::error set_place(cluster_node& me, const cluster_config& config) {
  const auto& advertise = config.cluster.advertise;
  if (!advertise.empty()) {
    auto wrong = read_host_port(advertise, me.host, me.port);
    return wrong.empty() ? caf::error{}
                         : invalid_setting(".cluster.advertise", wrong);
  }
  if (me.host.empty())
    me.host = config.links.address;
  if (me.host.empty() || me.host == "0.0.0.0" || me.host == "::")
    return invalid_setting(".cluster.advertise",
                           "needed where tieline.node.address is not that of "
                           "one interface");
  std::vector<etcd_endpoint> etcd;
  read_etcd_urls(config.cluster.etcd, etcd);
  auto is_far = [](auto& x) { return !is_loopback(x.host); };
  if (is_loopback(me.host) && std::any_of(etcd.begin(), etcd.end(), is_far))
    return invalid_setting(".cluster.advertise",
                           "needed where etcd is on another machine: only this "
                           "one reaches "
                             + me.host);
  return {};
}

} // namespace

caf::expected<cluster_config>
cluster_config::load(const caf::settings& config) {
  auto common = settings::load(config);
  if (!common)
    return common.error();
  auto links = node_settings::load(config);
  if (!links)
    return links.error();
  auto cluster = cluster_settings::load(config);
  if (!cluster)
    return cluster.error();
  return cluster_config{common->node_name, *links, *cluster};
}

caf::expected<router_actor>
join_cluster(caf::actor_system& sys, const manager_actor& manager,
             const key_value_store_actor& store, membership_report report) {
  auto config = cluster_config::load(content(sys.config()));
  if (!config)
    return config.error();
  return join_cluster(sys, manager, *config, store, std::move(report));
}

caf::expected<router_actor>
join_cluster(caf::actor_system& sys, const manager_actor& manager,
             const cluster_config& config, const key_value_store_actor& store,
             membership_report report) {
  const auto& how = config.cluster;
  if (auto error = how.check())
    return error;
  if (auto wrong = check_node_name(config.node_name); !wrong.empty())
    return invalid_setting(".node-name", wrong);
  if (how.nodes.empty() == how.etcd.empty())
    return invalid_setting(".cluster", "a cluster needs either nodes or etcd");
  if (!how.etcd.empty() && !store)
    return invalid_setting(".cluster.etcd", "needs a key-value store");
  cluster_node me;
  me.name = config.node_name;
  me.weight = how.weight;
  std::vector<cluster_node> nodes;
  read_nodes(how.nodes, nodes);
  auto links = config.links;
  if (!nodes.empty()) {
    auto mine = std::find_if(nodes.begin(), nodes.end(),
                             [&](auto& x) { return x.name == me.name; });
    if (mine == nodes.end())
      return invalid_setting(".cluster.nodes",
                             "this node, '" + me.name + "', is not among them");
    me = *mine;
    if (links.port == 0)
      links.port = me.port;
  }
  if (auto error = set_place(me, config))
    return error;
  auto connector = [&sys, links](const cluster_node& other) {
    auto made = link_to_member(sys, other, links);
    return made ? *made : member_actor{};
  };
  auto coordinator = nodes.empty()
                       ? spawn_etcd_coordinator(sys, me.name, how, store)
                       : spawn_static_membership(sys, me.name, nodes, connector,
                                                 how.look_interval);
  auto router = spawn_router(sys, me.name, manager, coordinator, connector, how,
                             std::move(report));
  auto port = publish(sys, router_actor{router}, links);
  if (!port) {
    caf::anon_send_exit(router, caf::exit_reason::user_shutdown);
    return port.error();
  }
  if (me.port == 0)
    me.port = *port;
  compat::anon_send(router, put_atom_v, me);
  return router_actor{router};
}

} // namespace tieline
