#pragma once

#include "soak_context.hpp"

#include <caf/scoped_actor.hpp>

#include <string>
#include <vector>

namespace tieline::soak {

/// Takes back all that operators may have ordered, then opens each device and
/// runs a command there. Returns what did not work within a minute.
std::vector<std::string> recover(caf::scoped_actor& self,
                                 const soak_context& on);

} // namespace tieline::soak
