#include "tieline/actors/runtime/caller_monitor.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace tieline {

namespace {

class caller_monitor_state {
public:
  static inline const char* name = "tieline.caller_monitor";

  explicit caller_monitor_state(caller_monitor_actor::pointer self)
    : self_(self) {
    // nop
  }

  caller_monitor_state(const caller_monitor_state&) = delete;

  caller_monitor_state& operator=(const caller_monitor_state&) = delete;

  ~caller_monitor_state() {
    for (auto& [caller, x] : callers_)
      x.end.give_up();
  }

  caller_monitor_actor::behavior_type make_behavior() {
    return {
      [this](caf::subscribe_atom, uint64_t number, caf::weak_actor_ptr& who,
             const caf::weak_actor_ptr& caller, caf::action& what) {
        add(number, {std::move(who), std::move(what)}, caller);
      },
      [this](caf::unsubscribe_atom, uint64_t number,
             const caf::weak_actor_ptr& caller) { remove(number, caller); },
    };
  }

private:
  using address = const caf::actor_control_block*;

  struct watcher {
    caf::weak_actor_ptr who;
    caf::action what;
  };

  struct caller_entry {
    compat::watch end;
    std::unordered_map<uint64_t, watcher> watchers;
    /// Keeps the address.
    caf::weak_actor_ptr caller;
  };

  void add(uint64_t number, watcher who, const caf::weak_actor_ptr& caller) {
    auto alive = caller.lock();
    if (!alive) {
      tell(std::move(who));
      return;
    }
    auto [i, added] = callers_.try_emplace(caller.get());
    auto& x = i->second;
    x.watchers.emplace(number, std::move(who));
    if (!added)
      return;
    x.caller = caller;
    x.end = {self_, caf::actor_cast<caf::actor>(alive),
             [this, key = caller.get()](const caf::error&) { ended(key); }};
  }

  void remove(uint64_t number, const caf::weak_actor_ptr& caller) {
    auto i = callers_.find(caller.get());
    if (i == callers_.end())
      return;
    auto& x = i->second;
    x.watchers.erase(number);
    if (x.watchers.empty()) {
      x.end.give_up();
      callers_.erase(i);
    }
  }

  void ended(address caller) {
    auto taken = callers_.extract(caller);
    if (!taken.empty())
      for (auto& [key, x] : taken.mapped().watchers)
        tell(std::move(x));
  }

  static void tell(watcher x) {
    if (auto who = x.who.lock())
      compat::post(who, std::move(x.what));
  }

  caller_monitor_actor::pointer self_;
  std::unordered_map<address, caller_entry> callers_;
};

} // namespace

caller_monitor_actor spawn_caller_monitor(caf::actor_system& sys) {
  return sys.spawn<caller_monitor_actor::stateful_impl<caller_monitor_state>>();
}

} // namespace tieline
