#include "tieline/actors/serving.hpp"

#include "tieline/actors/context.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace tieline {

double draw() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(engine);
}

serving::serving(full_connection_actor::pointer self, connection_key key,
                 alarm& clock, workload& jobs, callbacks then)
  : self_(self),
    key_(std::move(key)),
    alarm_(clock),
    jobs_(jobs),
    then_(std::move(then)),
    probe_due_(clock),
    upkeep_due_(clock) {
  // nop
}

void serving::begin(std::shared_ptr<session> on) {
  session_ = std::move(on);
  auto now = alarm_.now();
  times_ = {draw(), draw(), now, now};
}

void serving::end() {
  session_ = nullptr;
  times_.idle_since.reset();
  probe_due_.cancel();
}

void serving::run(const policy& how) {
  if (!session_ || paused_ || probe_due_ || jobs_.queued() == 0)
    return;
  auto now = alarm_.now();
  if (times_.idle_since && how.probe_after.count() > 0
      && now - *times_.idle_since >= how.probe_after) {
    probe(how);
    return;
  }
  auto most = session_->traits().concurrency;
  while (jobs_.queued() > 0 && (most == 0 || jobs_.in_flight() < most))
    run_next(now, how);
}

void serving::run_next(time_point now, const policy& how) {
  times_.idle_since.reset();
  auto [id, what] = jobs_.run_next(now, alarm_.after({}, how.execute_timeout));
  if (how.long_hold.count() > 0)
    upkeep_due_.set_by(now + how.long_hold);
  session_->execute(id, std::move(what));
}

void serving::go_on(const policy& how) {
  run(how);
  if (jobs_.running())
    return;
  then_.on_idle();
  // That may have been the end of it.
  if (session_) {
    times_.idle_since = alarm_.now();
    look_after(how);
  }
}

void serving::probe(const policy& how) {
  probe_due_.set(alarm_.after({}, how.probe_timeout));
  auto mine = std::weak_ptr{session_};
  compat::request(self_, session_->transport(), caf::infinite, probe_atom_v)
    .then(
      [this, mine] {
        if (mine.lock() != session_ || !probe_due_)
          return;
        probe_due_.cancel();
        times_.idle_since = alarm_.now();
        then_.on_alive();
      },
      [this, mine](const caf::error& reason) {
        if (mine.lock() == session_ && probe_due_ && !tells_of_an_end(reason))
          then_.on_dead(in_context(key_, reason, step::session));
      });
}

void serving::expect_long_wait(const policy& how) {
  if (how.long_wait.count() > 0)
    upkeep_due_.set_by(alarm_.now() + how.long_wait);
}

bool serving::due(uint64_t id, const policy& how) {
  if (upkeep_due_.takes(id)) {
    look_after(how);
    return true;
  }
  if (probe_due_.takes(id)) {
    then_.on_dead(
      make_error(errc::connection_lost,
                 {key_, step::session, "the peer has not answered a probe"}));
    return true;
  }
  return false;
}

void serving::look_after(const policy& how) {
  auto now = alarm_.now();
  auto report = [this, now](happening what) {
    return [this, now, what](const workload::entry& x) {
      then_.on_long(what, to_string(x.caller), now - x.since);
    };
  };
  jobs_.report_long(now, how.long_hold, report(happening::long_hold),
                    how.long_wait, report(happening::long_wait));
  auto next = jobs_.next_report(how.long_hold, how.long_wait);
  if (out_of_use()) {
    auto verdict = evict(how, times_, now);
    if (verdict.what != eviction::keep) {
      then_.on_evict(verdict.what == eviction::evict_idle
                       ? "out of use for long"
                       : "up for long");
      return;
    }
    next = std::min(next, verdict.look_again);
  }
  if (next != time_point::max())
    upkeep_due_.set_by(next);
}

bool serving::out_of_use() const {
  return session_ && times_.idle_since && !probe_due_ && jobs_.queued() == 0;
}

caf::timespan serving::idle() const {
  if (!out_of_use())
    return caf::timespan{0};
  return std::max<caf::timespan>(alarm_.now() - *times_.idle_since,
                                 caf::timespan{1});
}

caf::timespan serving::age() const {
  return session_ ? alarm_.now() - times_.opened_at : caf::timespan{0};
}

} // namespace tieline
