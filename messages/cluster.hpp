#pragma once

#include "tieline/messages/connection_counters.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// The state of a node of a cluster.
enum class node_state : uint8_t {
  /// Takes keys.
  alive,
  /// Hands over the keys that it owns, or has done so, and takes no new ones.
  leaving,
  /// Does not answer.
  lost,
};

template <>
struct names_of<node_state> {
  static constexpr std::string_view values[] = {"alive", "leaving", "lost"};
};

/// One node of a cluster.
struct cluster_node {
  /// Unique in its cluster.
  std::string name;
  /// Address and port at which its router is published.
  std::string host;
  uint16_t port = 0;
  /// Its share of the keys relative to other nodes. Zero: it owns none.
  double weight = 1;
  node_state state = node_state::alive;

  friend bool operator==(const cluster_node& x, const cluster_node& y) {
    return x.name == y.name && x.host == y.host && x.port == y.port
           && x.weight == y.weight && x.state == y.state;
  }

  friend bool operator!=(const cluster_node& x, const cluster_node& y) {
    return !(x == y);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, cluster_node& x) {
    return f.object(x).fields(f.field("name", x.name), f.field("host", x.host),
                              f.field("port", x.port),
                              f.field("weight", x.weight),
                              f.field("state", x.state));
  }
};

/// The cluster as one node sees it.
struct cluster_view {
  /// All nodes that are in the cluster or should be, ordered by name.
  std::vector<cluster_node> nodes;
  /// Whether this node may have sessions. If not, it must close all of them.
  bool may_own = false;

  friend bool operator==(const cluster_view& x, const cluster_view& y) {
    return x.nodes == y.nodes && x.may_own == y.may_own;
  }

  friend bool operator!=(const cluster_view& x, const cluster_view& y) {
    return !(x == y);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, cluster_view& x) {
    return f.object(x).fields(f.field("nodes", x.nodes),
                              f.field("may_own", x.may_own));
  }
};

/// The state of a node at the moment of the answer.
struct node_status {
  cluster_node node;
  /// Why the node does not answer, if it does not.
  caf::error reason;
  /// How many shards of the key space it owns, see docs/architecture.md.
  uint64_t shards = 0;
  /// Connections in its registry.
  uint64_t connections = 0;
  /// Its counters since its start.
  counters_snapshot counters;

  template <class Inspector>
  friend bool inspect(Inspector& f, node_status& x) {
    return f.object(x).fields(f.field("node", x.node),
                              f.field("reason", x.reason),
                              f.field("shards", x.shards),
                              f.field("connections", x.connections),
                              f.field("counters", x.counters));
  }
};

} // namespace tieline
