#pragma once

#include "tieline/transports/ssh/config/algorithms.hpp"

namespace tieline::ssh {

/// Returns the algorithms of the libssh at hand: what it can be asked for, and
/// what it asks for by itself.
const config::algorithm_lists& library_algorithms();

} // namespace tieline::ssh
