#include "tieline/actors/registry/registry.hpp"

#include <utility>

namespace tieline {

std::vector<connection_key> registry::keys() const {
  std::vector<connection_key> result;
  result.reserve(entries_.size());
  for (const auto& [key, here] : entries_)
    result.push_back(key);
  return result;
}

registry::maybe_connection registry::find(const connection_key& key) const {
  const auto* here = look_up(key);
  if (here == nullptr || here->closing || !here->connection)
    return std::nullopt;
  return here->connection;
}

const registry::entry* registry::look_up(const connection_key& key) const {
  auto i = entries_.find(key);
  return i == entries_.end() ? nullptr : &i->second;
}

registry::entry* registry::entry_of(const connection_key& key,
                                    caf::actor_id connection) {
  auto i = entries_.find(key);
  // Another may have been inserted in its place.
  auto is_here = i != entries_.end() && i->second.connection
                 && i->second.connection->id() == connection;
  return is_here ? &i->second : nullptr;
}

bool registry::await(const connection_key& key, time_point deadline,
                     continuation then) {
  auto& here = enter(key);
  auto number = ++last_number_;
  auto due = timers_.at(deadline, [this, key, number] { expire(key, number); });
  here.waiting.emplace(number, waiter{due, std::move(then)});
  return !here.closing && !here.factory;
}

uint64_t registry::asking(const connection_key& key, factory_actor factory) {
  auto& here = entries_.at(key);
  here.factory = std::move(factory);
  here.made.reset();
  return here.call = ++last_number_;
}

void registry::keep(const connection_key& key, owned<transport_actor> made) {
  entries_.at(key).made = std::move(made);
}

owned<transport_actor> registry::take(const connection_key& key) {
  return std::move(entries_.at(key).made);
}

bool registry::is_asking(const connection_key& key, uint64_t call) const {
  const auto* here = look_up(key);
  return here != nullptr && here->call == call;
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
  auto& here = enter(key);
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

registry::maybe_connection registry::close(const connection_key& key,
                                           const caf::error& reason) {
  auto i = entries_.find(key);
  if (i == entries_.end())
    return std::nullopt;
  if (!i->second.connection) {
    // Whatever the factory brings is let go of.
    erase(key, reason);
    return std::nullopt;
  }
  i->second.closing = true;
  auto connection = i->second.connection;
  tell(std::exchange(i->second.waiting, {}), reason);
  return connection;
}

void registry::closing(const connection_key& key, caf::actor_id connection) {
  if (auto* here = entry_of(key, connection))
    here->closing = true;
}

void registry::erase(const connection_key& key,
                     const caf::expected<maybe_connection>& outcome) {
  if (auto taken = leave(key))
    tell(std::move(taken->waiting), outcome);
}

registry::entry& registry::enter(const connection_key& key) {
  auto [i, added] = entries_.try_emplace(key);
  if (added)
    ++plugins_[key.plugin_name];
  return i->second;
}

std::optional<registry::entry> registry::leave(const connection_key& key) {
  auto taken = entries_.extract(key);
  if (taken.empty())
    return std::nullopt;
  auto i = plugins_.find(taken.key().plugin_name);
  if (--i->second == 0)
    plugins_.erase(i);
  return std::move(taken.mapped());
}

bool registry::gone(const connection_key& key, caf::actor_id connection) {
  auto* here = entry_of(key, connection);
  if (here == nullptr)
    return false;
  here->connection = nullptr;
  here->closing = false;
  if (!here->waiting.empty())
    return true;
  leave(key);
  return false;
}

void registry::expire(const connection_key& key, uint64_t number) {
  auto& here = entries_.at(key);
  late result{key, std::move(here.waiting.extract(number).mapped().then)};
  if (here.waiting.empty()) {
    // A factory that was asked for the last waiter was asked in vain.
    if (!here.connection)
      leave(key);
  } else if (here.factory && here.waiting.begin()->first > here.call) {
    here.factory = nullptr;
    here.call = 0;
    result.ask_again = true;
  }
  on_late_(std::move(result));
}

void registry::tell(std::map<uint64_t, waiter> waiting,
                    const caf::expected<maybe_connection>& outcome) {
  // First out of the registry, since a continuation may change it.
  for (auto& [number, who] : waiting)
    timers_.cancel(who.due);
  for (auto& [number, who] : waiting)
    who.then(outcome);
}

} // namespace tieline
