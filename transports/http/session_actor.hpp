#pragma once

#include "tieline/messages/interfaces.hpp"

namespace tieline::http {

/// What a session is.
using session_actor
  = stepwise_transport_actor::extend<caf::result<void>(cancel_atom, uint64_t)>;

} // namespace tieline::http
