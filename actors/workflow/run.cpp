#include "tieline/actors/workflow/run.hpp"

#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/timer.hpp"
#include "tieline/messages/support/backoff.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <utility>

namespace tieline {

namespace {

class run_state {
public:
  static inline const char* name = "tieline.run";

  run_state(caf::event_based_actor* self, opener_actor opener, workflow what,
            run_observer observer)
    : self_(self),
      requests_(self),
      opener_(std::move(opener)),
      what_(std::move(what)),
      observer_(std::move(observer)),
      plan_(what_.where.size(), what_),
      hosts_(what_.where.size()),
      timer_(spawn_timer(self->system())),
      timers_(self->system(), self->ctrl(), timer_.get()) {
    for (size_t i = 0; i < hosts_.size(); ++i)
      hosts_[i].result.key = what_.where[i].key;
  }

  caf::behavior make_behavior() {
    // It has no message of its own: it lives by its requests and deadlines.
    me_ = self_;
    if (what_.deadline.count() > 0)
      timers_.at(timers_.after(what_.deadline), [this] { on_deadline(); });
    compat::post(caf::actor_cast<caf::strong_actor_ptr>(self_),
                 caf::make_action([this] { go_on(); }));
    return {[](caf::unit_t) {}};
  }

private:
  static constexpr caf::timespan longest_wait = std::chrono::minutes{1};

  struct host {
    run_result result;
    size_t tries = 0;
    bool running = false;
  };

  void go_on() {
    while (auto i = plan_.next()) {
      hosts_[*i].running = true;
      step(*i);
    }
    if (plan_.done() && me_)
      end();
  }

  void end() {
    if (observer_.on_end)
      observer_.on_end(summary());
    me_ = nullptr;
    self_->quit();
  }

  run_summary summary() const {
    return {hosts_.size(), plan_.succeeded(), plan_.failed(),
            plan_.stopped() ? plan_.left() : 0};
  }

  std::optional<request> next_for(const run_result& so_far) const {
    if (what_.next)
      return what_.next(so_far.key, so_far.replies);
    if (so_far.replies.size() < what_.what.size())
      return what_.what[so_far.replies.size()];
    return std::nullopt;
  }

  void step(size_t i) {
    auto next = next_for(hosts_[i].result);
    if (next)
      attempt(i, std::move(*next));
    else
      ended(i, {});
  }

  void attempt(size_t i, request what) {
    auto again = what;
    requests_
      .ask(opener_, execute_atom_v, what_.where[i].key, what_.where[i].params,
           std::move(what))
      .then(
        [this, i](reply& got) {
          if (!hosts_[i].running)
            return;
          hosts_[i].tries = 0;
          hosts_[i].result.replies.push_back(std::move(got));
          step(i);
        },
        [this, i, again = std::move(again)](caf::error& reason) mutable {
          if (hosts_[i].running)
            failed(i, std::move(again), std::move(reason));
        });
  }

  bool may_try_again(const host& here, const caf::error& reason) const {
    auto what = class_of(reason);
    return here.tries < what_.retries
           && (what == failure_class::transient
               || what == failure_class::refused
               || (what == failure_class::lost && what_.retry_lost));
  }

  void failed(size_t i, request what, caf::error reason) {
    auto& here = hosts_[i];
    if (!may_try_again(here, reason)) {
      ended(i, std::move(reason));
      return;
    }
    auto wait = retry_after(reason);
    if (wait.count() <= 0)
      wait = tieline::backoff{what_.backoff, longest_wait}.wait(here.tries);
    ++here.tries;
    ++here.result.retries;
    timers_.at(timers_.after(wait),
               [this, i, what = std::move(what)]() mutable {
                 if (hosts_[i].running)
                   attempt(i, std::move(what));
               });
  }

  void ended(size_t i, caf::error reason) {
    finish(i, std::move(reason));
    go_on();
  }

  void finish(size_t i, caf::error reason) {
    auto& here = hosts_[i];
    here.running = false;
    here.result.error = std::move(reason);
    plan_.ended(here.result.error.empty());
    if (observer_.on_result)
      observer_.on_result(here.result, summary());
    here.result = {}; // outputs may be large
  }

  void on_deadline() {
    plan_.stop();
    for (size_t i = 0; i < hosts_.size(); ++i)
      if (hosts_[i].running)
        finish(i, make_error(errc::timeout,
                             {what_.where[i].key, step::execute,
                              "the time of the whole run is over"}));
    go_on();
  }

  caf::event_based_actor* self_;
  request_table requests_;
  opener_actor opener_;
  workflow what_;
  run_observer observer_;
  run_plan plan_;
  std::vector<host> hosts_;
  owned<timer_actor> timer_;
  timers timers_;
  /// Nobody has to hold it while there is something to do.
  caf::actor me_;
};

} // namespace

caf::actor spawn_run(caf::actor_system& sys, const opener_actor& opener,
                     workflow what, run_observer observer) {
  return sys.spawn<caf::stateful_actor<run_state>>(opener, std::move(what),
                                                   std::move(observer));
}

} // namespace tieline
