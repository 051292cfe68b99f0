#include "workload.hpp"

#include "caller.hpp"
#include "random_source.hpp"

#include <map>
#include <string>

namespace tieline::soak {

namespace {

class workload_state {
public:
  static inline const char* name = "soak.workload";

  workload_state(participant_actor::pointer self, const soak_context& on,
                 size_t size, uint64_t seed)
    : self_(self),
      on_(on),
      random_(seed) {
    for (size_t i = 0; i < size; ++i)
      add();
  }

  participant_actor::behavior_type make_behavior() {
    kill_one_later();
    return {
      [this](caf::close_atom) { return stop(); },
    };
  }

private:
  void add() {
    auto caller = spawn_caller(self_->system(), on_, random_.seed());
    auto id = caller->id();
    compat::monitor(self_, caller,
                    [this, id](const caf::error& why) { ended(id, why); });
    callers_.emplace(id, std::move(caller));
  }

  void ended(caf::actor_id id, const caf::error& why) {
    callers_.erase(id);
    if (why && why != caf::exit_reason::kill)
      on_.log.violation("a caller ended: " + to_string(why));
    if (!stopping_)
      add();
    else
      end_when_alone();
  }

  void kill_one_later() {
    self_->run_delayed(random_.milliseconds(50, 400), [this] {
      if (stopping_)
        return;
      auto victim = callers_.begin();
      std::advance(victim, random_.between(0, callers_.size() - 1));
      caf::anon_send_exit(victim->second, caf::exit_reason::kill);
      kill_one_later();
    });
  }

  caf::result<void> stop() {
    stopping_ = true;
    done_ = self_->make_response_promise<caf::typed_response_promise<void>>();
    auto result = done_;
    for (auto& [id, caller] : callers_)
      compat::send(self_, caller, caf::close_atom_v);
    end_when_alone();
    return result;
  }

  void end_when_alone() {
    if (!callers_.empty())
      return;
    done_.deliver();
    self_->quit();
  }

  participant_actor::pointer self_;
  const soak_context& on_;
  random_source random_;
  std::map<caf::actor_id, participant_actor> callers_;
  bool stopping_ = false;
  caf::typed_response_promise<void> done_;
};

} // namespace

participant_actor spawn_workload(caf::actor_system& sys, const soak_context& on,
                                 size_t size, uint64_t seed) {
  return sys.spawn<participant_actor::stateful_impl<workload_state>>(
    std::cref(on), size, seed);
}

} // namespace tieline::soak
