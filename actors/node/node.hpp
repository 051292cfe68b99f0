#pragma once

#include "tieline/actors/node/node_settings.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Prepares a config for links to other nodes, by its settings
/// `tieline.node.*`. Call it after the config is parsed and before the actor
/// system is created.
///
/// It loads CAF's modules and sets CAF's own settings (`caf.middleman.*`,
/// `caf.openssl.*`). If links use TLS, it permits secrets to leave the process.
/// That holds for the whole process: any other use of CAF's middleman has to
/// use TLS as well.
/// @returns an `errc::invalid_setting` that names the wrong setting, or the
///          certificate that cannot be used.
caf::error enable_nodes(caf::actor_system_config& config);

/// Does the same with the given settings.
caf::error enable_nodes(caf::actor_system_config& config,
                        const node_settings& how);

/// Publishes a manager to other nodes at `tieline.node.port`. Links use TLS if
/// the settings name certificates. A peer that is let in may do everything that
/// this node may do. The call blocks briefly, so an actor must not make it.
/// @returns the port; an `errc::invalid_setting` if the settings do not allow
///          it or @ref enable_nodes was not called; CAF's error if the port is
///          not available.
caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const manager_actor& manager);

/// Does the same with the given settings, which must be those of
/// @ref enable_nodes.
caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const manager_actor& manager,
                                const node_settings& how);

/// Publishes a router. Peers can use it as a router and as a manager.
caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const router_actor& router,
                                const node_settings& how);

/// Returns a local stand-in for the manager that is published at `host` and
/// `port`. It has the same interface; @ref spawn_remote_manager says what
/// happens when its node is lost. The call waits for the answer of the node, at
/// most three times `tieline.node.connect-timeout`, so an actor must not make
/// it.
/// @returns an `errc::node_lost` with the cause if the node is out of reach; an
///          `errc::invalid_setting` if the settings do not allow it or
///          @ref enable_nodes was not called.
caf::expected<manager_actor> connect(caf::actor_system& sys,
                                     const std::string& host, uint16_t port);

/// Does the same with the given settings, which must be those of
/// @ref enable_nodes.
caf::expected<manager_actor> connect(caf::actor_system& sys,
                                     const std::string& host, uint16_t port,
                                     const node_settings& how);

/// Returns a local stand-in for a router, to inspect and change its cluster.
caf::expected<router_actor>
connect_router(caf::actor_system& sys, const std::string& host, uint16_t port,
               const node_settings& how);

/// Returns a local stand-in for the member of a node, without waiting for the
/// node. See @ref spawn_remote_member.
caf::expected<member_actor> link_to_member(caf::actor_system& sys,
                                           const cluster_node& which,
                                           const node_settings& how);

} // namespace tieline
