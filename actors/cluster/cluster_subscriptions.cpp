#include "tieline/actors/cluster/cluster_subscriptions.hpp"

#include "tieline/actors/runtime/fan_in.hpp"

#include <caf/actor_cast.hpp>
#include <caf/unit.hpp>

#include <algorithm>
#include <vector>

namespace tieline {

cluster_subscriptions::cluster_subscriptions(timers& when, const peers& to,
                                             caf::timespan pause)
  : timers_(when),
    peers_(to),
    pause_(pause) {
  // nop
}

void cluster_subscriptions::add(const caf::strong_actor_ptr& caller,
                                const listener_actor& who, selector what,
                                std::function<void()> done) {
  pruning_.run(wanted_, [](const auto& x) {
    return !caf::actor_cast<listener_actor>(x.first);
  });
  wanted_[who.address()] = what;
  auto all = fan_in<caf::unit_t>::make(
    [done = std::move(done)](const std::vector<caf::unit_t>&) { done(); });
  for (auto& [name, here] : peers_) {
    all->expect();
    ask_node<void>(
      here, {}, caller, [all] { all->arrived(); },
      [this, all, name = name, addr = who.address()](const caf::error& reason) {
        not_told(name, addr, reason);
        all->arrived();
      },
      caf::subscribe_atom_v, who, what);
  }
  all->close();
}

void cluster_subscriptions::remove(const caf::strong_actor_ptr& caller,
                                   const listener_actor& who,
                                   std::function<void(bool)> done) {
  wanted_.erase(who.address());
  auto all = fan_in<bool>::make(
    [done = std::move(done)](const std::vector<bool>& told) {
      done(std::count(told.begin(), told.end(), true) > 0);
    });
  for (auto& [name, here] : peers_) {
    all->expect();
    ask_node<bool>(
      here, {}, caller, [all](bool told) { all->arrived(told); },
      [this, all, name = name, addr = who.address()](const caf::error& reason) {
        not_told(name, addr, reason);
        all->arrived();
      },
      caf::unsubscribe_atom_v, who);
  }
  all->close();
}

void cluster_subscriptions::not_told(const std::string& node,
                                     const caf::actor_addr& listener,
                                     const caf::error& reason) {
  if (code_of(reason) != errc::node_lost
      || !untold_.emplace(node, listener).second)
    return;
  timers_.at(timers_.now() + pause_, [this, node, listener] {
    untold_.erase({node, listener});
    tell(node, listener);
  });
}

void cluster_subscriptions::tell_all(const std::string& node) {
  for (const auto& [listener, wanted] : wanted_)
    tell(node, listener);
}

void cluster_subscriptions::tell(const std::string& node,
                                 const caf::actor_addr& listener) {
  auto who = caf::actor_cast<listener_actor>(listener);
  const auto* to = peers_.find(node);
  if (!who || to == nullptr)
    return;
  auto done = [](auto&&...) {};
  auto failed = [this, node, listener](const caf::error& reason) {
    not_told(node, listener, reason);
  };
  auto end = to->end;
  if (auto wanted = wanted_.find(listener); wanted != wanted_.end())
    end->ask<void>(nullptr, {}, done, failed, caf::subscribe_atom_v,
                   std::move(who), wanted->second);
  else
    end->ask<bool>(nullptr, {}, done, failed, caf::unsubscribe_atom_v,
                   std::move(who));
}

} // namespace tieline
