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

/// Readies a config for links to other nodes by its `tieline.node.*`: to be
/// called after it was parsed and before the actor system exists. Loads what
/// CAF needs, sets CAF's own settings (`caf.middleman.*`, `caf.openssl.*`), and
/// lets secrets cross nodes if links use TLS, for the whole process: what else
/// it does with CAF's middleman has to use TLS then, too.
/// @returns an `errc::invalid_setting` that names what is wrong, certificates
///          that cannot be used included.
caf::error enable_nodes(caf::actor_system_config& config);

/// The same with the given settings.
caf::error enable_nodes(caf::actor_system_config& config,
                        const node_settings& how);

/// Publishes a manager to other nodes at `tieline.node.port`, with TLS unless
/// the settings have no certificates. Whoever is let in may do all that the
/// node itself may. Blocks a moment: not to be called by an actor.
/// @returns the port; an `errc::invalid_setting` if the settings do not allow
///          it or @ref enable_nodes was not called; CAF's error if the port
///          cannot be had.
caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const manager_actor& manager);

/// The same with the given settings, which were those of @ref enable_nodes.
caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const manager_actor& manager,
                                const node_settings& how);

/// Publishes a router, which whoever connects can also use as a manager.
caf::expected<uint16_t> publish(caf::actor_system& sys,
                                const router_actor& router,
                                const node_settings& how);

/// Returns a local actor that stands for the manager published at `host` and
/// `port`, to be used like one; see @ref spawn_remote_manager for what happens
/// when its node is lost. Waits until it has answered, three times the
/// `tieline.node.connect-timeout` at most: not to be called by an actor.
/// @returns an `errc::node_lost` with the cause if it cannot be reached; an
///          `errc::invalid_setting` if the settings do not allow it or
///          @ref enable_nodes was not called.
caf::expected<manager_actor> connect(caf::actor_system& sys,
                                     const std::string& host, uint16_t port);

/// The same with the given settings, which were those of @ref enable_nodes.
caf::expected<manager_actor> connect(caf::actor_system& sys,
                                     const std::string& host, uint16_t port,
                                     const node_settings& how);

/// The same for a router, to see and change its cluster.
caf::expected<router_actor>
connect_router(caf::actor_system& sys, const std::string& host, uint16_t port,
               const node_settings& how);

/// Returns a stand-in for the member of a node, see @ref spawn_remote_member.
/// Does not wait for it.
caf::expected<member_actor> link_to_member(caf::actor_system& sys,
                                           const cluster_node& which,
                                           const node_settings& how);

} // namespace tieline
