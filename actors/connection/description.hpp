#pragma once

#include "tieline/actors/connection/lifecycle.hpp"
#include "tieline/messages/connection_status.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/failure.hpp"

#include <string>

namespace tieline {

/// A connection as it is at one moment.
struct snapshot {
  connection_status status;
  phase now = phase::idle;
  session_stage session = session_stage::over;
  /// The peer has not answered a probe yet.
  bool probing = false;
  /// Somebody has a lease of the session.
  bool leased = false;
};

/// Returns what a request would wait for now. While the attempt waits for its
/// turn only the admission knows; `nothing` is returned then.
waits_for waits(const snapshot& x);

/// Returns which step a caller whose time is over has waited for.
step reached(const snapshot& x);

/// Returns for a caller whose time is over what it has waited for, in words.
/// Empty if there is nothing to tell.
std::string why_not_open(const snapshot& x);

/// Returns what came of the last attempt in words, if it failed.
std::string last_attempt(const caf::error& last_error);

/// Returns the refusal of an attempt with what is known from the last one.
caf::error with_last_attempt(const caf::error& refusal,
                             const caf::error& last_error);

} // namespace tieline
