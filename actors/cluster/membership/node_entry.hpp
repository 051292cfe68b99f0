#pragma once

#include "tieline/messages/cluster.hpp"

#include <string>

namespace tieline {

/// Renders what a store keeps of a node: a first line with the version of its
/// protocol, then `name: value` lines.
std::string print_node_entry(const cluster_node& x);

/// Reads what a store keeps of a node. Returns what is wrong with it; empty if
/// nothing is.
std::string read_node_entry(const std::string& text, cluster_node& out);

} // namespace tieline
