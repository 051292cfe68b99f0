#include "tieline/actors/cluster/routed_connections.hpp"

#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>
#include <caf/exit_reason.hpp>

#include <algorithm>
#include <utility>

namespace tieline {

namespace {

void end_held(const caf::weak_actor_ptr& weak) {
  if (auto held = weak.lock())
    caf::anon_send_exit(caf::actor_cast<caf::actor>(held),
                        caf::exit_reason::user_shutdown);
}

} // namespace

routed_connections::routed_connections(caf::actor_system& sys,
                                       caf::actor_control_block* router,
                                       timer_actor timer)
  : sys_(sys),
    router_(router),
    timer_(std::move(timer)) {
  // nop
}

routed_connections::~routed_connections() {
  for (auto& [key, weak] : current_)
    end_held(weak);
  for (auto& weak : closed_)
    end_held(weak);
}

routed_connection_actor routed_connections::of(const connection_key& key) {
  auto& known = current_[key];
  if (auto held = known.lock())
    return caf::actor_cast<routed_connection_actor>(held);
  auto made = spawn_routed_connection(
    sys_, key, caf::actor_cast<route_keeper_actor>(router_), timer_);
  known
    = caf::weak_actor_ptr{caf::actor_cast<caf::strong_actor_ptr>(made).get()};
  forget_some();
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
  closed_.push_back(std::move(which->second));
  current_.erase(which);
  if (closed_.size() < closed_limit_)
    return;
  // One that was ever named to another node would else stay for ever. Who has
  // it there is told that it is gone.
  for (auto& x : closed_)
    if (auto held = x.lock())
      sys_.registry().erase(held->id());
  closed_.erase(std::remove_if(closed_.begin(), closed_.end(),
                               [](auto& x) { return !x.lock(); }),
                closed_.end());
  closed_limit_ = std::max<size_t>(64, 2 * closed_.size());
}

void routed_connections::forget_some() {
  if (current_.size() < current_limit_)
    return;
  for (auto i = current_.begin(); i != current_.end();)
    i = i->second.lock() ? std::next(i) : current_.erase(i);
  current_limit_ = std::max<size_t>(64, 2 * current_.size());
}

} // namespace tieline
