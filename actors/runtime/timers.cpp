#include "tieline/actors/runtime/timers.hpp"

#include "tieline/messages/caf_compat.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tieline {

timers::timers(caf::actor_system& sys, caf::actor_control_block* owner,
               timer_actor timer)
  : sys_(sys),
    owner_(owner),
    timer_(std::move(timer)) {
  // nop
}

timers::~timers() {
  clear();
}

timers::time_point timers::now() const {
  return sys_.clock().now();
}

timers::time_point timers::after(caf::timespan asked,
                                 caf::timespan otherwise) const {
  return after(asked.count() > 0 ? asked : otherwise);
}

timers::time_point timers::after(caf::timespan pause) const {
  // On CAF 0.18 `infinite` is the greatest timespan: adding it would overflow.
  constexpr auto year = std::chrono::hours{24 * 365};
  return now() + std::min<caf::timespan>(pause, year);
}

timers::id timers::at(time_point when, action what) {
  auto made = id{when, ++last_number_};
  pending_.emplace(made, std::move(what));
  if (when < armed_)
    arm(when);
  return made;
}

void timers::cancel(id which) {
  pending_.erase(which);
}

void timers::clear() {
  pending_.clear();
  if (armed_ != time_point::max())
    arm(time_point::max());
}

void timers::arm(time_point when) {
  armed_ = when;
  compat::anon_send(timer_, arm_atom_v, owner_, when.time_since_epoch(),
                    caf::make_action([this, when] { ring(when); }));
}

void timers::ring(time_point armed_for) {
  if (armed_for != armed_)
    return; // armed anew while this was on its way
  armed_ = time_point::max();
  while (!pending_.empty() && pending_.begin()->first.first <= now()) {
    // Out first: it may set and cancel others, and itself.
    auto due = pending_.extract(pending_.begin());
    due.mapped()();
  }
  if (!pending_.empty() && pending_.begin()->first.first < armed_)
    arm(pending_.begin()->first.first);
}

} // namespace tieline
