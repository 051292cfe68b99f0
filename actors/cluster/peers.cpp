#include "tieline/actors/cluster/peers.hpp"

#include "tieline/actors/runtime/owned.hpp"

#include <algorithm>

namespace tieline {

namespace {

/// The end of another node, with the stand-in for its member, which ends with
/// it.
struct node_end {
  node_end(full_router_actor::pointer self, const asking& with, member_actor to,
           const std::string& name)
    : stand_in(to),
      end(self, with, std::move(to), "node " + name, [] {}) {
    // nop
  }

  owned<member_actor> stand_in;
  peers::end_type end;
};

} // namespace

peers::peers(full_router_actor::pointer self, asking with, std::string own_name,
             member_actor mine, member_connector connector,
             std::function<void(const std::string&)> on_reached)
  : self_(self),
    with_(std::move(with)),
    own_name_(std::move(own_name)),
    mine_(std::move(mine)),
    connector_(std::move(connector)),
    on_reached_(std::move(on_reached)) {
  auto& me = nodes_[own_name_];
  me.what.name = own_name_;
  me.end = std::make_shared<end_type>(
    self_, with_, mine_, "node " + own_name_, [] {}, true);
}

void peers::show(const std::vector<cluster_node>& nodes) {
  map_ = shard_map{nodes};
  for (auto i = nodes_.begin(); i != nodes_.end();) {
    auto stays = i->first == own_name_
                 || std::any_of(nodes.begin(), nodes.end(),
                                [&](auto& x) { return x.name == i->first; });
    i = stays ? std::next(i) : nodes_.erase(i);
  }
  for (const auto& node : nodes)
    note(node);
}

const peers::node* peers::find(const std::string& name) const {
  auto i = nodes_.find(name);
  return i == nodes_.end() ? nullptr : &i->second;
}

void peers::note(const cluster_node& what) {
  auto& here = nodes_[what.name];
  auto is_me = what.name == own_name_;
  auto same_place = here.what.host == what.host && here.what.port == what.port;
  auto is_back = here.what.state == node_state::lost
                 && what.state != node_state::lost;
  here.what = what;
  if (is_me || (here.end && here.end->there() && same_place)) {
    if (is_back)
      on_reached_(what.name);
    return;
  }
  auto to = connector_(what);
  if (!to) {
    nodes_.erase(what.name);
    return;
  }
  auto made = std::make_shared<node_end>(self_, with_, std::move(to),
                                         what.name);
  here.end = std::shared_ptr<end_type>{made, &made->end};
  on_reached_(what.name);
}

} // namespace tieline
