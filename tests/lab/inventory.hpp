#pragma once

#include "tieline/lab/lab.hpp"

#include <filesystem>

namespace tieline::lab {

/// Writes nornir's hosts.yaml, groups.yaml and defaults.yaml for the server's
/// devices, and a known_hosts file that they refer to, into a folder (made if
/// needed). Only its owner may read them: they hold the password.
/// @throws std::system_error
void write_inventory(const server& devices,
                     const std::filesystem::path& folder);

} // namespace tieline::lab
