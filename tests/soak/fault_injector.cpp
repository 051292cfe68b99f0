#include "fault_injector.hpp"

#include "random_source.hpp"

namespace tieline::soak {

namespace {

class fault_injector_state {
public:
  static inline const char* name = "soak.fault_injector";

  fault_injector_state(participant_actor::pointer self, const soak_context& on,
                       uint64_t seed)
    : self_(self),
      on_(on),
      random_(seed) {
    // nop
  }

  participant_actor::behavior_type make_behavior() {
    harm_later();
    return {
      [this](caf::close_atom) {
        stopping_ = true;
        for (size_t i = 0; i < on_.where.size(); ++i)
          on_.lab.heal(i);
        self_->quit();
      },
    };
  }

private:
  void harm_later() {
    self_->run_delayed(random_.milliseconds(10, 120), [this] {
      if (stopping_)
        return;
      harm(random_.between(0, on_.where.size() - 1));
      harm_later();
    });
  }

  void harm(size_t device) {
    if (random_.chance(0.3)) {
      on_.lab.end_sessions(device,
                           static_cast<lab::hang_up>(random_.between(0, 2)));
      return;
    }
    auto what
      = static_cast<lab::fault>(random_.between(0, lab::fault_count - 1));
    on_.lab.set(device, what, amount_of(what));
    self_->run_delayed(random_.milliseconds(100, 4000), [this, device] {
      if (!stopping_)
        on_.lab.heal(device);
    });
  }

  uint64_t amount_of(lab::fault what) {
    switch (what) {
      case lab::fault::slow_login:
      case lab::fault::slow_command:
        return random_.between(50, 3000);
      case lab::fault::drop_after_bytes:
        return random_.between(0, 100'000);
      default:
        return 0;
    }
  }

  participant_actor::pointer self_;
  const soak_context& on_;
  random_source random_;
  bool stopping_ = false;
};

} // namespace

participant_actor spawn_fault_injector(caf::actor_system& sys,
                                       const soak_context& on, uint64_t seed) {
  return sys.spawn<participant_actor::stateful_impl<fault_injector_state>>(
    std::cref(on), seed);
}

} // namespace tieline::soak
