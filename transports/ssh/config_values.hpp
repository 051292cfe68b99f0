#pragma once

#include "tieline/transports/ssh/config/evaluator.hpp"
#include "tieline/transports/ssh/ssh_config_value.hpp"

#include <vector>

namespace tieline::ssh {

/// Returns all values for a host: first HostName, User and Port, then the
/// others. Each IdentityFile and CertificateFile has an entry of its own.
std::vector<ssh_config_value> values_of(const config::evaluation& says);

} // namespace tieline::ssh
