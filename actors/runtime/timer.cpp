#include "tieline/actors/runtime/timer.hpp"

#include "tieline/messages/internal/timer.hpp"

#include <caf/action.hpp>
#include <caf/actor_clock.hpp>
#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <set>
#include <unordered_map>
#include <utility>

namespace tieline {

namespace {

class timer_state {
public:
  static inline const char* name = "tieline.timer";

  explicit timer_state(timer_actor::pointer self) : self_(self) {
    // nop
  }

  timer_actor::behavior_type make_behavior() {
    return {
      [this](arm_atom, caf::weak_actor_ptr& who, caf::timespan when,
             caf::action& what) {
        arm(std::move(who), time_point{when}, std::move(what));
      },
    };
  }

private:
  using time_point = std::chrono::steady_clock::time_point;

  struct entry {
    caf::weak_actor_ptr target;
    time_point when;
    caf::action what;
  };

  void arm(caf::weak_actor_ptr target, time_point when, caf::action what) {
    if (!target)
      return;
    auto id = target->id();
    if (auto i = entries_.find(id); i != entries_.end()) {
      order_.erase({i->second.when, id});
      entries_.erase(i);
    }
    if (when == time_point::max())
      return;
    order_.emplace(when, id);
    entries_.emplace(id, entry{std::move(target), when, std::move(what)});
    schedule();
  }

  void schedule() {
    if (order_.empty() || scheduled_ <= order_.begin()->first)
      return;
    pending_.dispose();
    scheduled_ = order_.begin()->first;
    // Not run_delayed: CAF keeps even a disposed action until its time, and we
    // would live as long with it.
    pending_ = self_->clock().schedule(
      scheduled_,
      caf::make_action([this, weak = caf::weak_actor_ptr{self_->ctrl()}] {
        if (auto here = weak.lock())
          compat::post(here, caf::make_action([this] { fire(); }));
      }));
  }

  void fire() {
    scheduled_ = time_point::max();
    auto now = self_->clock().now();
    while (!order_.empty() && order_.begin()->first <= now) {
      auto due = entries_.extract(order_.begin()->second);
      order_.erase(order_.begin());
      if (auto ptr = due.mapped().target.lock())
        compat::post(ptr, std::move(due.mapped().what));
    }
    schedule();
  }

  timer_actor::pointer self_;
  std::unordered_map<caf::actor_id, entry> entries_;
  std::set<std::pair<time_point, caf::actor_id>> order_;
  time_point scheduled_ = time_point::max();
  caf::disposable pending_;
};

} // namespace

timer_actor spawn_timer(caf::actor_system& sys) {
  return sys.spawn<timer_actor::stateful_impl<timer_state>>();
}

} // namespace tieline
