#include "tieline/actors/cluster/shards.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <tuple>

namespace tieline {

namespace {

/// FNV-1a. Not `std::hash`, which may differ from node to node.
uint64_t add(uint64_t hash, std::string_view text) noexcept {
  for (auto c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

/// The finalizer of MurmurHash3: FNV leaves names that differ in the last
/// letter close to each other.
uint64_t mix(uint64_t x) noexcept {
  x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCDu;
  x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53u;
  return x ^ (x >> 33);
}

constexpr uint64_t start = 0xCBF29CE484222325u;

/// Returns a number in (0, 1).
double uniform(uint64_t x) noexcept {
  return (static_cast<double>(x >> 11) + 0.5) / 9007199254740992.0;
}

} // namespace

uint32_t shard_of(const connection_key& key) noexcept {
  auto hash = add(add(start, key.hostname), std::string_view{"\0", 1});
  return static_cast<uint32_t>(mix(add(hash, key.plugin_name)) % shard_count);
}

void keep_one_of_each_name(std::vector<cluster_node>& nodes) {
  auto parts = [](const cluster_node& x) {
    // What is no number cannot be ordered.
    return std::tuple{std::string_view{x.name}, std::string_view{x.host},
                      x.port, std::isnan(x.weight) ? 0.0 : x.weight, x.state};
  };
  std::sort(nodes.begin(), nodes.end(),
            [parts](auto& x, auto& y) { return parts(x) < parts(y); });
  auto same = [](auto& x, auto& y) { return x.name == y.name; };
  nodes.erase(std::unique(nodes.begin(), nodes.end(), same), nodes.end());
}

shard_map::shard_map(const std::vector<cluster_node>& nodes) {
  std::array<double, shard_count> best;
  best.fill(-std::numeric_limits<double>::infinity());
  for (const auto& node : nodes) {
    if (node.state != node_state::alive || !(node.weight > 0))
      continue;
    auto index = static_cast<uint32_t>(names_.size());
    names_.push_back(node.name);
    auto seed = mix(add(start, node.name));
    for (uint32_t shard = 0; shard < shard_count; ++shard) {
      auto score = node.weight / -std::log(uniform(mix(seed ^ mix(shard + 1))));
      if (score > best[shard]) {
        best[shard] = score;
        owners_[shard] = index;
      }
    }
  }
}

const std::string& shard_map::owner(uint32_t shard) const {
  static const std::string nobody;
  return names_.empty() ? nobody : names_[owners_[shard % shard_count]];
}

} // namespace tieline
