#pragma once

#include "tieline/actors/cluster/membership/cluster_settings.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/key_value_store.hpp"

#include <caf/actor_system.hpp>

#include <string>

namespace tieline {

/// Spawns a node's coordinator of a cluster that agrees in etcd (3.4 or later,
/// through its JSON gateway). What is stored there hangs on the node's lease:
/// `<etcd-prefix>/nodes/<name>`, the node as it was put, and
/// `<etcd-prefix>/shards/<number>`, the name of the owner.
///
/// With the first `put_atom` it takes a lease and registers the node, unless
/// another one of that name is there: then it goes on trying, since a node that
/// was killed is there until its lease ends. It answers when that is done, or
/// after some seconds with what is in its way, and goes on in any case.
///
/// While the lease is good, it may own, and shards that are its own are known
/// without asking. When the lease could not be renewed until `close-before` it
/// ends, or is gone, the listener is told that it may not own any more, and
/// `acquire_atom` is answered `errc::not_owner` with the reason. When the
/// listener has acted on that and etcd is there, the old lease is revoked, and
/// the node registers anew; until then the old one is kept alive if possible.
/// The clock decides, not a timer: a process that was stopped for longer than
/// its lease finds out with the first message that it handles.
///
/// What etcd has not answered is asked again for some seconds, then the error
/// says why: `errc::timeout`, `errc::refused`, `errc::certificate_invalid`,
/// `errc::auth_failed`, `errc::protocol_error`... A claim whose answer was lost
/// is looked at before it counts. Nodes of another protocol version are left
/// out of the view; CAF's log says so.
///
/// An exit message has it revoke its lease, within a few seconds; all sessions
/// must have been closed before. If it ends otherwise (`kill`), what is its own
/// stays so until the lease ends. It does not keep the listener alive; one that
/// ends without an answer has closed nothing, and the lease is kept.
/// @param store of etcd, see `spawn_etcd_store`; is to live as long
/// @throws std::invalid_argument if a setting is wrong, there is no etcd in
///         them, or the node's name is none (see @ref check_node_name)
coordinator_actor
spawn_etcd_coordinator(caf::actor_system& sys, std::string node_name,
                       cluster_settings how, key_value_store_actor store);

} // namespace tieline
