#pragma once

#include "tieline/transports/ssh/profile.hpp"

#include <set>
#include <string>
#include <vector>

namespace tieline::ssh {

/// Returns the public halves of keys, and their certificates, as they go over
/// the wire: those that stand beside the keys in `PATH.pub` and
/// `PATH-cert.pub`, and that of a PATH that holds a public key itself. What
/// cannot be read is left out. Blocks.
std::set<std::string> public_halves(const std::vector<identity>& of);

} // namespace tieline::ssh
