#include "tieline/actors/cluster/wishes.hpp"

#include <caf/actor_cast.hpp>

namespace tieline {

wishes::wishes(agenda& when, const peers& to, caf::timespan pause)
  : agenda_(when),
    peers_(to),
    pause_(pause) {
  // nop
}

void wishes::add(const listener_actor& who, selector what) {
  for (auto i = wanted_.begin(); i != wanted_.end();)
    i = caf::actor_cast<listener_actor>(i->first) ? std::next(i)
                                                  : wanted_.erase(i);
  wanted_[who.address()] = std::move(what);
}

void wishes::remove(const listener_actor& who) {
  wanted_.erase(who.address());
}

void wishes::not_told(const std::string& node, const caf::actor_addr& listener,
                      const caf::error& reason) {
  if (code_of(reason) != errc::node_lost
      || !untold_.emplace(node, listener).second)
    return;
  agenda_.at(agenda_.now() + pause_, [this, node, listener] {
    untold_.erase({node, listener});
    tell(node, listener);
  });
}

void wishes::tell_all(const std::string& node) {
  for (const auto& [listener, wanted] : wanted_)
    tell(node, listener);
}

void wishes::tell(const std::string& node, const caf::actor_addr& listener) {
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
