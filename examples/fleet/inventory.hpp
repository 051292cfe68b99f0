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
  /// How it is reached.
  std::string plugin = {};
  /// The name of the host through which it is reached; empty: none.
  std::string jump = {};
  /// No other file is to name a jump host, either.
  bool direct = false;
  /// Where the inventory says so.
  place jump_place = {};
};

/// Resolves the hosts of the files, in the order of the files. A group's fields
/// override the defaults, and a host's fields override those of its groups. Of
/// two groups the one listed last wins, and a group overrides its own groups. A
/// credential replaces the username and the password of lower levels; a
/// password replaces their credential. The connection options of the plugin are
/// merged in the same way and override all of these. A host without hostname is
/// reached by its name.
/// @throws inventory_error for an unknown group or a cycle of groups.
std::vector<host> resolve(const inventory_files& files);

} // namespace fleet
