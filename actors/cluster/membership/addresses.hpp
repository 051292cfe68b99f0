#pragma once

#include "tieline/messages/cluster.hpp"
#include "tieline/messages/key_value_store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// Reads `name=host:port` or `name=host:port*weight`. Returns what is wrong;
/// empty if nothing is. So do all of these.
std::string read_node(std::string_view text, cluster_node& out);

/// Reads all of them, whose names must differ; what is wrong begins with the
/// entry. They are ordered by name.
std::string read_nodes(const std::vector<std::string>& texts,
                       std::vector<cluster_node>& out);

/// Reads `https://host:port` or `http://host:port`; the port is 2379 unless
/// given.
std::string read_etcd_url(std::string_view text, etcd_endpoint& out);

/// Reads all of them, which must differ, as @ref read_nodes does.
std::string read_etcd_urls(const std::vector<std::string>& texts,
                           std::vector<etcd_endpoint>& out);

/// Returns what is wrong with the name of a node: it is one or more visible
/// characters of ASCII other than `/`, `=` and `,`.
std::string check_node_name(std::string_view name);

} // namespace tieline
