#include "tieline/actors/registry/factories.hpp"

#include "tieline/actors/runtime/relay.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tieline {

factories::factories(full_manager_actor::pointer self,
                     std::function<void(const caf::actor_addr&, errc)> on_end)
  : self_(self),
    on_end_(std::move(on_end)) {
  // nop
}

factory_actor factories::set(plugin name, const factory_actor& factory) {
  auto ours = within_reach(factory);
  auto addr = ours.address();
  if (watched_.insert(addr).second)
    compat::monitor(self_, ours, [this, addr](const caf::error& reason) {
      on_down(addr, reason);
    });
  return std::exchange(factories_[std::move(name)], std::move(ours));
}

factory_actor factories::erase(const plugin& name) {
  auto taken = factories_.extract(name);
  return taken.empty() ? factory_actor{} : std::move(taken.mapped());
}

bool factories::has(const caf::actor_addr& factory) const {
  return std::any_of(factories_.begin(), factories_.end(),
                     [&](auto& x) { return x.second.address() == factory; });
}

factory_actor factories::find(const std::string& name) const {
  auto i = factories_.find(name);
  if (i == factories_.end())
    i = factories_.find(std::nullopt);
  return i == factories_.end() ? factory_actor{} : i->second;
}

/// Returns who to ask in place of a factory on another node: that one would
/// never answer once its node is lost. One for each, however often it is set.
factory_actor factories::within_reach(const factory_actor& factory) {
  if (factory.node() == self_->system().node())
    return factory;
  auto& relay = relays_[factory.address()];
  if (!relay)
    relay = owned{spawn_relay<factory_actor>(self_->system(), factory)};
  return relay.get();
}

void factories::on_down(const caf::actor_addr& factory,
                        const caf::error& reason) {
  auto erase_all = [](auto& from, auto is_it) {
    for (auto i = from.begin(); i != from.end();)
      i = is_it(i->second) ? from.erase(i) : std::next(i);
  };
  watched_.erase(factory);
  erase_all(factories_, [&](auto& x) { return x.address() == factory; });
  erase_all(relays_, [&](auto& x) { return x.get().address() == factory; });
  on_end_(factory, code_of(reason) == errc::node_lost ? errc::node_lost
                                                      : errc::factory_failed);
}

} // namespace tieline
