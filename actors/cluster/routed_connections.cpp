#include "tieline/actors/cluster/routed_connections.hpp"

#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_cast.hpp>

#include <utility>

namespace tieline {

routed_connections::routed_connections(caf::actor_system& sys,
                                       caf::actor_control_block* router,
                                       timer_actor timer,
                                       caller_monitor_actor callers)
  : sys_(sys),
    router_(router),
    timer_(std::move(timer)),
    callers_(std::move(callers)) {
  // nop
}

routed_connections::~routed_connections() {
  // All end with us.
  for (auto& [key, weak] : current_)
    closed_.add(std::move(weak));
}

routed_connection_actor routed_connections::of(const connection_key& key) {
  pruning_.run(current_, [](const auto& x) { return !x.second.lock(); });
  auto& known = current_[key];
  if (auto held = known.lock())
    return caf::actor_cast<routed_connection_actor>(held);
  auto made = spawn_routed_connection(
    sys_, key, caf::actor_cast<route_keeper_actor>(router_), timer_, callers_);
  known
    = caf::weak_actor_ptr{caf::actor_cast<caf::strong_actor_ptr>(made).get()};
  return made;
}

void routed_connections::close(const connection_key& key) {
  auto i = current_.find(key);
  if (i == current_.end())
    return;
  if (auto held = i->second.lock())
    compat::anon_send(caf::actor_cast<routed_connection_actor>(held),
                      closed_atom_v);
  put_aside(i);
}

void routed_connections::closed(const connection_key& key,
                                const caf::strong_actor_ptr& who) {
  auto i = current_.find(key);
  if (i != current_.end() && who && i->second.get() == who.get())
    put_aside(i);
}

void routed_connections::put_aside(table::iterator which) {
  closed_.add(std::move(which->second));
  current_.erase(which);
}

} // namespace tieline
