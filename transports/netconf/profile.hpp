#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/transports/netconf/netconf.hpp"

#include <caf/config_value.hpp>
#include <caf/expected.hpp>

#include <string>

namespace tieline::netconf {

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

/// Returns whether this (with underscores) names an option.
bool is_option(const std::string& name);

/// Sets the option of that name. Returns what is wrong with the name or the
/// value; empty if nothing is.
std::string set_option(netconf_options& options, const std::string& name,
                       const caf::config_value& value);

} // namespace tieline::netconf
