#include "tieline/actors/connection/dispatcher.hpp"

#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/support/jitter.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tieline {

namespace {

/// How much later than its deadline a request is answered whose transport does
/// not answer it.
constexpr caf::timespan grace = std::chrono::seconds{1};

} // namespace

dispatcher::dispatcher(full_connection_actor::pointer self, connection_key key,
                       timers& all, pending_requests& requests, callbacks then)
  : self_(self),
    key_(std::move(key)),
    timers_(all),
    pending_(requests),
    then_(std::move(then)),
    probe_due_(all, [this] { on_silence(); }),
    upkeep_due_(all, [this] { look_after(); }),
    overdue_due_(all, [this] { on_overdue(); }),
    lease_due_(all, [this] { end_lease(); }) {
  // nop
}

void dispatcher::begin(std::shared_ptr<session_lease> on) {
  session_ = std::move(on);
  auto now = timers_.now();
  times_ = {random01(), random01(), now, now};
  has_worked_ = false;
}

void dispatcher::end() {
  session_ = nullptr;
  lease_due_.cancel();
  pending_.end_lease();
  times_.idle_since.reset();
  probe_due_.cancel();
}

void dispatcher::keep(bool in_use) {
  if (std::exchange(kept_, in_use) == in_use || in_use || !times_.idle_since)
    return;
  times_.idle_since = timers_.now();
  look_after();
}

void dispatcher::run() {
  if (!session_ || session_->ending() || paused_ || probe_due_
      || (pending_.queued() == 0 && !pending_.lease_wanted()))
    return;
  const auto& how = then_.how();
  auto now = timers_.now();
  if (times_.idle_since && how.probe_after.count() > 0
      && now - *times_.idle_since >= how.probe_after) {
    probe(how);
    return;
  }
  auto most = session_->traits().concurrency;
  for (;;) {
    if (pending_.lease() == 0 && pending_.lease_is_next()) {
      if (pending_.in_flight() > 0)
        return;
      lease_due_.set(timers_.after(pending_.grant(), how.acquire_timeout));
    } else if (pending_.has_next()
               && (most == 0 || pending_.in_flight() < most)) {
      run_next(now, how);
    } else {
      return;
    }
  }
}

void dispatcher::end_lease() {
  lease_due_.cancel();
  pending_.end_lease();
  if (times_.idle_since)
    times_.idle_since = timers_.now();
  run();
  if (is_idle())
    look_after();
}

void dispatcher::run_next(time_point now, const policy& how) {
  times_.idle_since.reset();
  auto [id, what] = pending_.run_next(now,
                                      timers_.after({}, how.execute_timeout));
  if (how.long_hold.count() > 0)
    upkeep_due_.set_by(now + how.long_hold);
  overdue_due_.set_by(now + what.timeout + grace);
  session_->execute(id, std::move(what));
}

void dispatcher::on_overdue() {
  auto reason = make_error(errc::timeout,
                           {key_, step::execute,
                            "the transport has not answered in time"});
  auto found = pending_.fail_overdue(timers_.now() - grace, reason);
  if (pending_.running())
    overdue_due_.set(pending_.next_deadline() + grace);
  if (found)
    go_on();
}

void dispatcher::go_on() {
  run();
  if (pending_.running())
    return;
  then_.on_idle();
  // That may have been the end of it.
  if (session_) {
    times_.idle_since = timers_.now();
    look_after();
  }
}

void dispatcher::probe(const policy& how) {
  probe_due_.set(timers_.after({}, how.probe_timeout));
  auto mine = std::weak_ptr{session_};
  compat::request(self_, session_->transport(), caf::infinite, probe_atom_v)
    .then(
      [this, mine] {
        if (mine.lock() != session_ || !probe_due_)
          return;
        probe_due_.cancel();
        times_.idle_since = timers_.now();
        then_.on_alive();
      },
      [this, mine](const caf::error& reason) {
        if (mine.lock() == session_ && probe_due_ && !tells_of_an_end(reason))
          then_.on_dead(in_context(key_, reason, step::session));
      });
}

void dispatcher::expect_long_wait() {
  const auto& how = then_.how();
  if (how.long_wait.count() > 0)
    upkeep_due_.set_by(timers_.now() + how.long_wait);
}

void dispatcher::on_silence() {
  then_.on_dead(
    make_error(errc::connection_lost,
               {key_, step::session, "the peer has not answered a probe"}));
}

void dispatcher::look_after() {
  const auto& how = then_.how();
  auto now = timers_.now();
  auto report = [this](event_kind what) {
    return [this, what](std::string who, caf::timespan span) {
      then_.on_long(what, std::move(who), span);
    };
  };
  pending_.report_long(now, how.long_hold, report(event_kind::long_hold),
                       how.long_wait, report(event_kind::long_wait));
  auto next = pending_.next_report(how.long_hold, how.long_wait);
  if (is_idle()) {
    if (std::exchange(tell_when_idle_, false))
      then_.on_free();
    auto decision = evict(how, times_, now);
    if (decision.what != eviction::keep) {
      then_.on_evict(decision.what == eviction::evict_idle
                       ? "idle for long"
                       : "at its maximum lifetime");
      return;
    }
    next = std::min(next, decision.look_again);
  }
  if (next != time_point::max())
    upkeep_due_.set_by(next);
}

bool dispatcher::is_idle() const {
  return session_ && times_.idle_since && !probe_due_ && !kept_
         && pending_.queued() == 0 && pending_.lease() == 0
         && !pending_.lease_wanted();
}

caf::timespan dispatcher::idle() const {
  if (!is_idle())
    return caf::timespan{0};
  return std::max<caf::timespan>(timers_.now() - *times_.idle_since,
                                 caf::timespan{1});
}

caf::timespan dispatcher::age() const {
  return session_ ? timers_.now() - times_.opened_at : caf::timespan{0};
}

} // namespace tieline
