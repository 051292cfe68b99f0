#include "tieline/actors/runtime/alarm.hpp"

#include "tieline/messages/internal/timer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tieline {

alarm::alarm(caf::actor_system& sys, caf::actor_control_block* owner,
             timer_actor timer, std::function<void(uint64_t)> on_due)
  : sys_(sys),
    owner_(owner),
    timer_(std::move(timer)),
    on_due_(std::move(on_due)) {
  // nop
}

alarm::time_point alarm::now() const {
  return sys_.clock().now();
}

alarm::time_point alarm::after(caf::timespan asked,
                               caf::timespan otherwise) const {
  // On CAF 0.18 `infinite` is the greatest timespan: adding it would overflow.
  constexpr auto year = std::chrono::hours{24 * 365};
  return now()
         + std::min<caf::timespan>(asked.count() > 0 ? asked : otherwise, year);
}

uint64_t alarm::add(time_point when) {
  pending_.add(when, ++last_id_);
  if (when < armed_)
    arm(when);
  return last_id_;
}

void alarm::remove(time_point when, uint64_t id) {
  pending_.remove(when, id);
}

void alarm::move(time_point from, time_point to, uint64_t id) {
  pending_.remove(from, id);
  pending_.add(to, id);
  if (to < armed_)
    arm(to);
}

void alarm::clear() {
  pending_ = deadlines{};
  if (armed_ != time_point::max())
    arm(time_point::max());
}

void alarm::arm(time_point when) {
  armed_ = when;
  compat::anon_send(timer_, arm_atom_v, owner_, when.time_since_epoch(),
                    caf::make_action([this, when] { ring(when); }));
}

void alarm::ring(time_point armed_for) {
  if (armed_for != armed_)
    return; // armed anew while this was on its way
  armed_ = time_point::max();
  while (auto id = pending_.expired(now()))
    on_due_(*id);
  if (auto next = pending_.next(); next && *next < armed_)
    arm(*next);
}

} // namespace tieline
