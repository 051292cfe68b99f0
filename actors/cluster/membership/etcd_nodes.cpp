#include "tieline/actors/cluster/membership/etcd_nodes.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tieline {

using namespace std::chrono_literals;

namespace {

/// How soon the nodes are looked up again, whoever asks for it.
constexpr caf::timespan shortest_look = 100ms;

} // namespace

etcd_nodes::etcd_nodes(etcd_asker& ask, timers& clock, std::string prefix,
                       caf::timespan interval, std::function<uint64_t()> number,
                       callback on_looked)
  : etcd_(ask),
    timers_(clock),
    prefix_(std::move(prefix)),
    interval_(interval),
    number_(std::move(number)),
    on_looked_(std::move(on_looked)),
    next_(clock, [this] {
      etcd_.wake();
      look();
    }) {
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
  last_ = timers_.now();
  next_.set(last_ + interval_);
  etcd_.ask("/v3/kv/range", etcd::range_below(prefix_),
            etcd_asker::lane::express, etcd::read_range,
            [this, number = number_()](
              const caf::expected<std::vector<etcd::entry>>& got) {
              looking_ = false;
              if (got) {
                shown_ = number;
                looked(*got);
                on_looked_({});
              } else {
                on_looked_("the nodes cannot be looked up: "
                           + describe(etcd_asker::unreached(got.error())));
              }
              if (again_)
                look();
            });
}

void etcd_nodes::look_soon() {
  next_.set_by(std::max(timers_.now(), last_ + shortest_look));
}

void etcd_nodes::stop() {
  stopped_ = true;
}

bool etcd_nodes::has_entry(const std::string& name) const {
  return odd_.count(name) != 0
         || std::any_of(nodes_.begin(), nodes_.end(),
                        [&](auto& x) { return x.name == name; });
}

void etcd_nodes::looked(const std::vector<etcd::entry>& found) {
  std::vector<cluster_node> nodes;
  std::map<std::string, std::string> odd;
  for (const auto& x : found) {
    cluster_node node;
    auto name = x.key.substr(std::min(prefix_.size(), x.key.size()));
    auto wrong = etcd::read_node(x.value, node);
    if (wrong.empty() && node.name != name)
      wrong = "it says that it is " + node.name;
    if (wrong.empty())
      nodes.push_back(std::move(node));
    else
      odd.emplace(name, wrong);
  }
  for (const auto& [name, wrong] : odd)
    if (auto i = odd_.find(name); i == odd_.end() || i->second != wrong)
      etcd_.warn("node " + name + " is left out: " + wrong);
  odd_ = std::move(odd);
  std::sort(nodes.begin(), nodes.end(),
            [](auto& x, auto& y) { return x.name < y.name; });
  nodes_ = std::move(nodes);
}

} // namespace tieline
