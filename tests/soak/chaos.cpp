#include "chaos.hpp"

#include "dice.hpp"

namespace tieline::soak {

namespace {

class chaos_state {
public:
  static inline const char* name = "soak.chaos";

  chaos_state(player_actor::pointer self, const stage& on, uint64_t seed)
    : self_(self),
      on_(on),
      dice_(seed) {
    // nop
  }

  player_actor::behavior_type make_behavior() {
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
    self_->run_delayed(dice_.milliseconds(10, 120), [this] {
      if (stopping_)
        return;
      harm(dice_.between(0, on_.where.size() - 1));
      harm_later();
    });
  }

  void harm(size_t device) {
    if (dice_.chance(0.3)) {
      on_.lab.end_sessions(device,
                           static_cast<lab::hang_up>(dice_.between(0, 2)));
      return;
    }
    auto what = static_cast<lab::fault>(dice_.between(0, lab::fault_count - 1));
    on_.lab.set(device, what, amount_of(what));
    self_->run_delayed(dice_.milliseconds(100, 4000), [this, device] {
      if (!stopping_)
        on_.lab.heal(device);
    });
  }

  uint64_t amount_of(lab::fault what) {
    switch (what) {
      case lab::fault::slow_login:
      case lab::fault::slow_command:
        return dice_.between(50, 3000);
      case lab::fault::drop_after_bytes:
        return dice_.between(0, 100'000);
      default:
        return 0;
    }
  }

  player_actor::pointer self_;
  const stage& on_;
  dice dice_;
  bool stopping_ = false;
};

} // namespace

player_actor spawn_chaos(caf::actor_system& sys, const stage& on,
                         uint64_t seed) {
  return sys.spawn<player_actor::stateful_impl<chaos_state>>(std::cref(on),
                                                             seed);
}

} // namespace tieline::soak
