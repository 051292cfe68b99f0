#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/transports/netconf/netconf.hpp"

#include <caf/expected.hpp>

#include <cstdint>

namespace tieline::netconf {

constexpr uint16_t well_known_port = 830;

/// What a session needs to know.
struct profile {
  netconf_options options;
  /// For its SSH session, which checks them.
  connection_params ssh;
};

/// Returns the params as a profile, extras laid over `defaults`.
caf::expected<profile> make_profile(const connection_key& key,
                                    connection_params params,
                                    const netconf_options& defaults);

} // namespace tieline::netconf
