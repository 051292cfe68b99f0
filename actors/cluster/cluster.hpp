#pragma once

#include "tieline/actors/cluster/membership/cluster_settings.hpp"
#include "tieline/actors/cluster/membership_report.hpp"
#include "tieline/actors/node/node_settings.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/key_value_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <string>

namespace tieline {

/// Everything that a node needs to join a cluster.
struct cluster_config {
  /// Unique in the cluster: `tieline.node-name`.
  std::string node_name;
  node_settings links;
  cluster_settings cluster;

  /// Reads it from a CAF config.
  static caf::expected<cluster_config> load(const caf::settings& config);
};

/// Makes this process a node of the cluster that the system's config names. It
/// spawns a router in front of `manager`, publishes the router, and joins. The
/// call blocks briefly, so an actor must not make it.
///
/// Callers have to use the router. Callers that use the manager directly bypass
/// the ownership of keys. To leave gracefully, send the router a `shutdown`
/// (which also ends the manager) or an exit message, and wait for its end.
/// @param store in which the nodes agree, which has to live longer than the
///              router: `spawn_etcd_store(sys, config.cluster.access(), http)`;
///              needed only with `tieline.cluster.etcd`
/// @param report hears of what is in the way of this node
/// @returns the router; an `errc::invalid_setting` that names the wrong or
///          missing setting; CAF's error if the port is not available.
caf::expected<router_actor>
join_cluster(caf::actor_system& sys, const manager_actor& manager,
             const key_value_store_actor& store = {},
             membership_report report = {});

/// Does the same with the given settings. @ref enable_nodes must have been
/// called with `config.links`.
caf::expected<router_actor>
join_cluster(caf::actor_system& sys, const manager_actor& manager,
             const cluster_config& config,
             const key_value_store_actor& store = {},
             membership_report report = {});

} // namespace tieline
