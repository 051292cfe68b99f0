#include "tieline/actors/cluster/membership/etcd_nodes.hpp"

#include "tieline/actors/cluster/membership/node_entry.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tieline {

using namespace std::chrono_literals;

namespace {

/// How soon the nodes are looked up again, whoever asks for it.
constexpr caf::timespan shortest_look = 100ms;

} // namespace

etcd_nodes::etcd_nodes(store_client& store, std::string prefix,
                       caf::timespan interval, std::function<uint64_t()> number,
                       callback on_looked)
  : store_(store),
    prefix_(std::move(prefix)),
    interval_(interval),
    number_(std::move(number)),
    on_looked_(std::move(on_looked)) {
  // nop
}

void etcd_nodes::look() {
  if (stopped_)
    return;
  if (looking_) {
    again_ = true;
    return;
  }
  looking_ = true;
  again_ = false;
  last_ = store_.now();
  look_at(last_ + interval_);
  store_.ask<std::vector<stored_entry>>(
    [this,
     number = number_()](const caf::expected<std::vector<stored_entry>>& got) {
      looking_ = false;
      if (got) {
        shown_ = number;
        looked(*got);
        on_looked_({});
      } else {
        on_looked_("the nodes cannot be looked up: " + describe(got.error()));
      }
      if (again_)
        look();
    },
    range_atom_v, prefix_, true);
}

void etcd_nodes::look_soon() {
  auto soon = std::max(store_.now(), last_ + shortest_look);
  if (soon < next_at_)
    look_at(soon);
}

void etcd_nodes::stop() {
  stopped_ = true;
}

void etcd_nodes::look_at(store_client::time_point when) {
  store_.cancel(next_);
  next_at_ = when;
  next_ = store_.at(when, [this] { look(); });
}

bool etcd_nodes::has_entry(const std::string& name) const {
  return odd_.count(name) != 0
         || std::any_of(nodes_.begin(), nodes_.end(),
                        [&](auto& x) { return x.name == name; });
}

void etcd_nodes::looked(const std::vector<stored_entry>& found) {
  std::vector<cluster_node> nodes;
  std::map<std::string, std::string> odd;
  for (const auto& x : found) {
    cluster_node node;
    auto name = x.key.substr(std::min(prefix_.size(), x.key.size()));
    auto wrong = read_node_entry(x.value, node);
    if (wrong.empty() && node.name != name)
      wrong = "it says that it is " + node.name;
    if (wrong.empty())
      nodes.push_back(std::move(node));
    else
      odd.emplace(name, wrong);
  }
  for (const auto& [name, wrong] : odd)
    if (auto i = odd_.find(name); i == odd_.end() || i->second != wrong)
      store_.warn("node " + name + " is left out: " + wrong);
  odd_ = std::move(odd);
  std::sort(nodes.begin(), nodes.end(),
            [](auto& x, auto& y) { return x.name < y.name; });
  nodes_ = std::move(nodes);
}

} // namespace tieline
