#pragma once

#include "tieline/messages/key_value_store.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the store of a cluster in etcd (3.4 or later), spoken to through its
/// JSON gateway: one session with one of its members at a time. Whenever that
/// fails, the session is ended and the next member has its turn; when all have
/// failed there is a pause. An error names the member and quotes what it has
/// said.
///
/// Requests for leases never wait for others; of the rest a few are under way
/// at once, in the order in which they came. It ends by an exit message.
/// @param http makes sessions of the plugin `http`, see `spawn_http_factory`
/// @throws std::invalid_argument `how` has no endpoints
key_value_store_actor spawn_etcd_store(caf::actor_system& sys, etcd_access how,
                                       factory_actor http);

} // namespace tieline
