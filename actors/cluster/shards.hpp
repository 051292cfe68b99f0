#pragma once

#include "tieline/messages/cluster.hpp"
#include "tieline/messages/connection_key.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// The key space is cut into so many shards: what a node owns is a set of
/// these. All nodes of a cluster have to agree on it.
constexpr uint32_t shard_count = 1024;

/// Returns the shard of a key, the same on all nodes.
uint32_t shard_of(const connection_key& key) noexcept;

/// Orders nodes by their names, which are to be unique. Whatever says
/// otherwise, all who are shown the same nodes keep the same: of one name the
/// first by host, port, weight and state.
void keep_one_of_each_name(std::vector<cluster_node>& nodes);

/// Who should own which shard, by weighted rendezvous hashing (Thaler and
/// Ravishankar 1996; the weights as in Schindelhauer and Schomaker 2005): each
/// shard goes to the node with the highest score for it, so a node that comes
/// or goes moves no shard between two others.
class shard_map {
public:
  /// Of no nodes.
  shard_map() = default;

  /// Of the nodes that are alive and have a weight.
  explicit shard_map(const std::vector<cluster_node>& nodes);

  /// Returns the name of a shard's owner; empty if there is nobody.
  const std::string& owner(uint32_t shard) const;

private:
  std::vector<std::string> names_;
  /// Index into the names.
  std::array<uint32_t, shard_count> owners_{};
};

} // namespace tieline
