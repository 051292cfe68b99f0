#pragma once

#include "tieline/transports/netconf/capabilities.hpp"
#include "tieline/transports/netconf/rpc_values.hpp"

#include <caf/error.hpp>

#include <string_view>

namespace tieline::netconf {

/// Returns whether a peer can do an operation with these attributes: an empty
/// error, or an `errc::unsupported` that names the capability that it lacks.
caf::error check_capabilities(std::string_view operation,
                              const rpc_values& values,
                              const capabilities& theirs);

} // namespace tieline::netconf
