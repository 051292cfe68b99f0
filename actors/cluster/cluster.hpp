#pragma once

#include "tieline/actors/cluster/cluster_settings.hpp"
#include "tieline/actors/node/node_settings.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include <string>

namespace tieline {

/// All that a node has to know to join a cluster.
struct cluster_config {
  /// Unique in the cluster: `tieline.node-name`.
  std::string node_name;
  node_settings links;
  cluster_settings cluster;

  /// Reads it from a CAF config.
  static caf::expected<cluster_config> load(const caf::settings& config);
};

/// Makes this process a node of the cluster that the system's config names:
/// spawns a router with `manager` as its share, publishes it, and tells the
/// others. Blocks a moment: not to be called by an actor.
///
/// Who is to see keys where they are uses the router, not the manager. To leave
/// in good order, send the router a `shutdown` (which ends the manager, too) or
/// an exit message, and wait until it has ended.
/// @param http makes transports of the plugin `http`, to talk to etcd with;
///             needed with `tieline.cluster.etcd` only
/// @returns the router; an `errc::invalid_setting` that says what is wrong or
///          missing; CAF's error if the port cannot be had.
caf::expected<router_actor> join_cluster(caf::actor_system& sys,
                                         const manager_actor& manager,
                                         const factory_actor& http = {});

/// The same with the given settings; @ref enable_nodes was called with
/// `config.links`.
caf::expected<router_actor>
join_cluster(caf::actor_system& sys, const manager_actor& manager,
             const cluster_config& config, const factory_actor& http = {});

} // namespace tieline
