#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Decides who may open a session, and when.
using admission_actor = caf::typed_actor<
  // Answers when the sender may begin the attempt, or why it may not. The
  // sender tells the outcome of each ticket, and releases each session.
  caf::result<void>(acquire_atom, ticket),
  // The sender's attempt of this number is over, or does not wait any more.
  caf::result<void>(outcome_atom, uint64_t, attempt_outcome),
  // The session that the sender's attempt of this number opened has ended.
  caf::result<void>(release_atom, uint64_t),
  // Tells how it is with a ticket, or would be.
  caf::result<admission_status>(explain_atom, ticket),
  // Forgets what the breaker has counted for an endpoint.
  caf::result<void>(reset_atom, std::string),
  // Forgets the failed logins with a username's credentials; answers how many
  // credentials were stopped.
  caf::result<uint64_t>(clear_credential_atom, std::string)>;

} // namespace tieline
