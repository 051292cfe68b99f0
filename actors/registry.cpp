#include "tieline/actors/registry.hpp"

#include <utility>

namespace tieline {

registry::maybe_connection registry::find(const connection_key& key) const {
  auto i = entries_.find(key);
  if (i == entries_.end() || i->second.closing || !i->second.connection)
    return std::nullopt;
  return i->second.connection;
}

registry::entry* registry::look_up(const connection_key& key) {
  auto i = entries_.find(key);
  return i == entries_.end() ? nullptr : &i->second;
}

bool registry::await(const connection_key& key, time_point deadline,
                     continuation then) {
  auto& here = entries_[key];
  auto id = ++last_id_;
  here.waiting.emplace(id, std::move(then));
  waiters_.emplace(id, place{key, deadline});
  deadlines_.add(deadline, id);
  return !here.closing && !here.factory;
}

uint64_t registry::asking(const connection_key& key, factory_actor factory) {
  auto& here = entries_.at(key);
  here.factory = std::move(factory);
  return here.call = ++last_id_;
}

bool registry::is_asking(const connection_key& key, uint64_t call) const {
  auto i = entries_.find(key);
  return i != entries_.end() && i->second.call == call;
}

std::vector<connection_key>
registry::asked_of(const caf::actor_addr& factory) const {
  std::vector<connection_key> result;
  for (const auto& [key, here] : entries_)
    if (here.factory && here.factory.address() == factory)
      result.push_back(key);
  return result;
}

registry::maybe_connection registry::put(const connection_key& key,
                                         connection_actor connection) {
  auto& here = entries_[key];
  maybe_connection previous;
  if (here.connection)
    previous = here.connection;
  here.connection = connection;
  here.closing = false;
  here.factory = nullptr;
  here.call = 0;
  tell(std::exchange(here.waiting, {}), maybe_connection{connection});
  return previous;
}

void registry::erase(const connection_key& key,
                     const caf::expected<maybe_connection>& outcome) {
  auto taken = entries_.extract(key);
  if (!taken.empty())
    tell(std::move(taken.mapped().waiting), outcome);
}

bool registry::gone(const connection_key& key, caf::actor_id connection) {
  auto i = entries_.find(key);
  // Another may have been inserted in its place.
  if (i == entries_.end() || !i->second.connection
      || i->second.connection->id() != connection)
    return false;
  i->second.connection = nullptr;
  i->second.closing = false;
  if (!i->second.waiting.empty())
    return true;
  entries_.erase(i);
  return false;
}

std::optional<registry::late> registry::expired(time_point now) {
  auto id = deadlines_.expired(now);
  if (!id)
    return std::nullopt;
  auto key = std::move(waiters_.extract(*id).mapped().key);
  auto& here = entries_.at(key);
  auto then = std::move(here.waiting.extract(*id).mapped());
  // A factory that was asked for the last waiter was asked in vain.
  if (here.waiting.empty() && !here.connection)
    entries_.erase(key);
  return late{std::move(key), std::move(then)};
}

void registry::tell(std::map<uint64_t, continuation> waiting,
                    const caf::expected<maybe_connection>& outcome) {
  // First out of the book, since a continuation may write in it.
  for (auto& [id, then] : waiting)
    deadlines_.remove(waiters_.extract(id).mapped().deadline, id);
  for (auto& [id, then] : waiting)
    then(outcome);
}

} // namespace tieline
