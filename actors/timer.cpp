#include "tieline/actors/timer.hpp"

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>

namespace tieline {

namespace {

class timer_state {
public:
  static inline const char* name = "tieline.timer";

  explicit timer_state(timer_actor::pointer self) : self_(self) {
    // nop
  }

  ~timer_state() {
    pending_.dispose();
  }

  timer_actor::behavior_type make_behavior() {
    return {
      [this](arm_atom, caf::timespan when, caf::action& what) {
        add(time_point{when}, std::move(what));
      },
    };
  }

private:
  using time_point = deadlines::time_point;

  struct entry {
    caf::weak_actor_ptr target;
    caf::action what;
  };

  void add(time_point when, caf::action what) {
    caf::weak_actor_ptr target{self_->current_sender().get()};
    entries_.emplace(when, entry{std::move(target), std::move(what)});
    schedule();
  }

  void schedule() {
    if (entries_.empty() || scheduled_ <= entries_.begin()->first)
      return;
    pending_.dispose();
    scheduled_ = entries_.begin()->first;
    auto delay = scheduled_ - self_->clock().now();
    pending_ = self_->run_delayed(std::max(delay, caf::timespan{0}),
                                  [this] { fire(); });
  }

  void fire() {
    scheduled_ = time_point::max();
    auto now = self_->clock().now();
    while (!entries_.empty() && entries_.begin()->first <= now) {
      auto [target, what] = std::move(entries_.begin()->second);
      entries_.erase(entries_.begin());
      if (auto ptr = target.lock())
        compat::post(ptr, std::move(what));
    }
    schedule();
  }

  timer_actor::pointer self_;
  std::multimap<time_point, entry> entries_;
  time_point scheduled_ = time_point::max();
  caf::disposable pending_;
};

} // namespace

timer_actor spawn_timer(caf::actor_system& sys) {
  return sys.spawn<timer_actor::stateful_impl<timer_state>>();
}

} // namespace tieline
