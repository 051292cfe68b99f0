#include "tieline/actors/runtime/caller_monitor.hpp"

#include <caf/typed_event_based_actor.hpp>

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
      [this](caf::subscribe_atom, caf::weak_actor_ptr& who,
             const caf::weak_actor_ptr& caller, caf::action& what) {
        add(std::move(who), caller, std::move(what));
      },
      [this](caf::unsubscribe_atom, const caf::weak_actor_ptr& who,
             const caf::weak_actor_ptr& caller) { remove(who, caller); },
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
    /// By their addresses, which cannot be another's while they are here.
    std::unordered_map<address, watcher> watchers;
    /// Keeps the address.
    caf::weak_actor_ptr caller;
  };

  void add(caf::weak_actor_ptr who, const caf::weak_actor_ptr& caller,
           caf::action what) {
    auto alive = caller.lock();
    if (!alive) {
      tell({std::move(who), std::move(what)});
      return;
    }
    auto [i, added] = callers_.try_emplace(caller.get());
    auto& x = i->second;
    auto key = who.get();
    x.watchers.insert_or_assign(key, watcher{std::move(who), std::move(what)});
    if (!added)
      return;
    x.caller = caller;
    x.end = {self_, caf::actor_cast<caf::actor>(alive),
             [this, key = caller.get()](const caf::error&) { ended(key); }};
  }

  void remove(const caf::weak_actor_ptr& who,
              const caf::weak_actor_ptr& caller) {
    auto i = callers_.find(caller.get());
    if (i == callers_.end())
      return;
    auto& x = i->second;
    x.watchers.erase(who.get());
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
