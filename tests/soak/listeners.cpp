#include "listeners.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <functional>

namespace tieline::soak {

namespace {

class listener_state {
public:
  static inline const char* name = "soak.listener";

  listener_state(listener_actor::pointer self, event_log& log,
                 caf::timespan delay)
    : self_(self),
      log_(log),
      delay_(delay) {
    // nop
  }

  listener_actor::behavior_type make_behavior() {
    return {
      [this](const lifecycle_event& x) { return hear(x); },
    };
  }

private:
  caf::result<void> hear(const lifecycle_event& x) {
    ++log_.told.at(static_cast<size_t>(x.what));
    log_.missed += x.missed;
    if (delay_.count() == 0)
      return caf::unit;
    late_.push_back(
      self_->make_response_promise<caf::typed_response_promise<void>>());
    self_->run_delayed(delay_, [this] {
      late_.front().deliver();
      late_.pop_front();
    });
    return late_.back();
  }

  listener_actor::pointer self_;
  event_log& log_;
  caf::timespan delay_;
  std::deque<caf::typed_response_promise<void>> late_;
};

class fleeting_state {
public:
  static inline const char* name = "soak.fleeting-listener";

  fleeting_state(listener_actor::pointer self, uint64_t events)
    : self_(self),
      left_(events) {
    // nop
  }

  listener_actor::behavior_type make_behavior() {
    return {
      [this](const lifecycle_event&) {
        if (--left_ == 0)
          self_->quit();
      },
    };
  }

private:
  listener_actor::pointer self_;
  uint64_t left_;
};

} // namespace

uint64_t event_log::told_in_all() const {
  uint64_t result = 0;
  for (auto& x : told)
    result += x;
  return result;
}

listener_actor spawn_listener(caf::actor_system& sys, event_log& log,
                              caf::timespan delay) {
  return sys.spawn<listener_actor::stateful_impl<listener_state>>(std::ref(log),
                                                                  delay);
}

listener_actor spawn_fleeting_listener(caf::actor_system& sys,
                                       uint64_t events) {
  return sys.spawn<listener_actor::stateful_impl<fleeting_state>>(events);
}

} // namespace tieline::soak
