#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the guardian of one device's configuration. It makes changes by
/// confirmed commits (RFC 6241, 8.4) with a persist-id.
///
/// For each change it opens a connection `<hostname>+change-<random>`, locks
/// the candidate, edits, validates if the device can, and makes a confirmed
/// commit. Then it opens a second connection, `<hostname>+verify-<random>`, and
/// hands it to the verifier. If the verifier accepts, the change is confirmed,
/// else it is canceled. When the guardian or its machine dies meanwhile, the
/// device undoes the change and releases the lock. The guardian closes both
/// connections in the end. Other users of the device keep theirs.
/// @param manager opens the connections, under its policies
/// @param key host name and plugin of the device
/// @param params how to reach the device
guardian_actor spawn_netconf_guardian(caf::actor_system& sys,
                                      manager_actor manager, connection_key key,
                                      connection_params params);

} // namespace tieline
