#pragma once

#include "fleet/result.hpp"

#include <tieline/messages/interfaces.hpp>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

#include <vector>

// Results stay in this process and are never serialized.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fleet::host_result)

CAF_BEGIN_TYPE_ID_BLOCK(fleet, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(fleet, (fleet::host_result))

  CAF_ADD_ATOM(fleet, fleet, finish_atom)
  CAF_ADD_ATOM(fleet, fleet, run_atom)
  CAF_ADD_ATOM(fleet, fleet, started_atom)
  CAF_ADD_ATOM(fleet, fleet, stop_atom)

CAF_END_TYPE_ID_BLOCK(fleet)

namespace fleet {

/// Shows progress, results and recap.
using printer_actor = caf::typed_actor<
  // The runner has begun with a host.
  caf::result<void>(started_atom),
  // The user wants to know how the connections are: shows them at once.
  caf::result<void>(tieline::status_atom,
                    std::vector<tieline::connection_status>),
  // The runner is done with a host.
  caf::result<void>(host_result),
  // All hosts are done, or the user interrupted them (true). Prints the rest
  // and the recap, returns the program's exit status, then quits.
  caf::result<int32_t>(finish_atom, bool)>;

/// Takes the hosts through their turns.
using runner_actor = caf::typed_actor<
  // Runs the job; answers when the last session is closed, then quits.
  caf::result<void>(run_atom),
  // Begins no further host and closes all sessions.
  caf::result<void>(stop_atom),
  // Makes the printer show how all connections are.
  caf::result<void>(tieline::status_atom),
  // A connection has changed: the runner is a listener_actor, too.
  caf::result<void>(tieline::lifecycle_event)>;

} // namespace fleet
