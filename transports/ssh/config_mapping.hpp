#pragma once

#include "tieline/transports/ssh/config/evaluator.hpp"
#include "tieline/transports/ssh/profile.hpp"

#include <string>

namespace tieline::ssh {

/// Lays what config files say about a host over a profile that has the options
/// of the factory and nothing else. Options of the factory that are not at
/// their default stay.
/// @param has_secret whether the params bring a key or a password. If so, keys
///        and agents that no file names are not tried.
/// @returns what is wrong, with its place; empty if nothing is
std::string apply_config(const config::evaluation& says, bool has_secret,
                         profile& into);

} // namespace tieline::ssh
