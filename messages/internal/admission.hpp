#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace tieline {

/// Decides which connection may open a session, and when.
using admission_actor = caf::typed_actor<
  // Answers when the attempt may begin, or with the reason why it must not. The
  // sender reports the outcome of each ticket and releases each session.
  caf::result<void>(acquire_atom, ticket),
  // Reports that the sender's attempt with this number is connected. Answers
  // when it may log in.
  caf::result<void>(dialed_atom, uint64_t),
  // Reports that the sender's attempt with this number has ended or no longer
  // waits.
  caf::result<void>(outcome_atom, uint64_t, attempt_outcome),
  // Reports the end of the session that the sender's attempt with this number
  // opened.
  caf::result<void>(release_atom, uint64_t),
  // Reports that the sender's session with this number is idle, after it was
  // asked while the session was in use.
  caf::result<void>(idle_atom, uint64_t),
  // Returns what an attempt with this ticket waits for, or would wait for.
  caf::result<admission_status>(explain_atom, ticket),
  // Resets the breaker of an endpoint.
  caf::result<void>(reset_atom, std::string),
  // Forgets the failed logins with the credentials of a username. Answers how
  // many credentials were stopped.
  caf::result<uint64_t>(clear_credential_atom, std::string)>;

} // namespace tieline
