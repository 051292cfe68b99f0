#pragma once

#include "tieline/transports/ssh/profile.hpp"

#include <string_view>

namespace tieline::ssh {

/// Adds, behind what is asked for by itself, the algorithms that old devices
/// are left with.
void allow_legacy(wanted_algorithms& to);

/// Returns whether this is one of those.
bool is_legacy(std::string_view algorithm);

} // namespace tieline::ssh
