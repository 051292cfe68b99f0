#pragma once

#include "fleet/inventory_file.hpp"

#include <tieline/messages/connection_params.hpp>

#include <string>
#include <vector>

namespace fleet {

/// A host of the inventory, resolved for one plugin.
struct host {
  std::string name;
  /// The groups it belongs to, the groups of those included, each once.
  std::vector<std::string> groups;
  tieline::connection_params params;
};

/// Resolves what the files say, in their order. Defaults yield to groups, and
/// groups to the host; of two groups the one listed last wins, and a group
/// beats its own groups. A credential takes the place of username and password
/// that it wins over, and a password that of a credential. Then the plugin's
/// connection options, merged in the same order, win over all of it. A host
/// without hostname has its name.
/// @throws inventory_error for an unknown group or a cycle of groups.
std::vector<host> resolve(const inventory_files& files);

} // namespace fleet
