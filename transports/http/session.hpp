#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/http/helpers.hpp"
#include "tieline/transports/http/http.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace tieline::http {

/// Spawns one session, not yet open.
transport_actor spawn_session(caf::actor_system& sys, connection_key key,
                              const http_options& defaults,
                              std::shared_ptr<helpers> shared);

} // namespace tieline::http
