#include "tieline/actors/registry/factories.hpp"

#include "tieline/actors/runtime/relay.hpp"
#include "tieline/messages/support/has_interface.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tieline {

factories::factories(full_manager_actor::pointer self, callbacks then)
  : self_(self),
    then_(std::move(then)) {
  // nop
}

factory_actor factories::set(plugin name, const factory_actor& factory) {
  auto ours = within_reach(factory);
  auto addr = ours.address();
  if (descriptions_.emplace(addr, description{}).second) {
    compat::monitor(self_, ours, [this, addr](const caf::error& reason) {
      on_down(addr, reason);
    });
    ask_to_describe(ours);
  }
  auto previous = std::exchange(factories_[std::move(name)], ours);
  when_described(ours, [this, ours] { then_.on_described(ours); });
  return previous;
}

void factories::ask_to_describe(const factory_actor& factory) {
  // To others it would be a message that they do not expect.
  if (!has_interface<described_factory_actor>(factory)) {
    described(factory, {});
    return;
  }
  compat::request(self_, caf::actor_cast<described_factory_actor>(factory),
                  caf::infinite, traits_atom_v)
    .then([this,
           factory](plugin_traits& got) { described(factory, std::move(got)); },
          [this, factory](const caf::error&) { described(factory, {}); });
}

void factories::described(const factory_actor& factory, plugin_traits traits) {
  auto i = descriptions_.find(factory.address());
  if (i == descriptions_.end())
    return;
  i->second.traits = std::make_shared<const plugin_traits>(std::move(traits));
  for (auto& then : std::exchange(i->second.waiting, {}))
    then();
}

shared_traits factories::traits(const std::string& name) const {
  static const auto none = std::make_shared<const plugin_traits>();
  auto factory = find(name);
  if (!factory)
    return none;
  auto i = descriptions_.find(factory.address());
  return i == descriptions_.end() || !i->second.traits ? none
                                                       : i->second.traits;
}

void factories::when_described(const factory_actor& factory,
                               std::function<void()> then) {
  auto i = descriptions_.find(factory.address());
  if (i == descriptions_.end())
    return;
  if (i->second.traits)
    then();
  else
    i->second.waiting.push_back(std::move(then));
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
  descriptions_.erase(factory);
  erase_all(factories_, [&](auto& x) { return x.address() == factory; });
  erase_all(relays_, [&](auto& x) { return x.get().address() == factory; });
  then_.on_end(factory, code_of(reason) == errc::node_lost
                          ? errc::node_lost
                          : errc::factory_failed);
}

} // namespace tieline
