#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace tieline {

/// Spawns the guardian of one device's configuration: it makes changes with
/// confirmed commits (RFC 6241, 8.4) that carry a persist-id.
///
/// For each change it opens a session of its own, `<hostname>+change-<random>`,
/// locks the candidate there, edits, validates (where the device can) and
/// commits until further notice. Then it opens a second one,
/// `<hostname>+verify-<random>`, and has the verifier look at the device
/// through it. If that is content the change is confirmed, else canceled. When
/// the guardian ends or its host dies meanwhile, the device itself undoes the
/// change and frees the lock. Both connections are closed in the end; other
/// users of the device keep theirs.
/// @param manager opens the connections, under its policies
/// @param key host name and plugin of the device
/// @param params how to get there
guardian_actor spawn_netconf_guardian(caf::actor_system& sys,
                                      manager_actor manager, connection_key key,
                                      connection_params params);

} // namespace tieline
