#include "tieline/actors/connection/attempts.hpp"

#include "tieline/actors/connection/attempt_failure.hpp"
#include "tieline/actors/connection/description.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/support/jitter.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tieline {

attempts::attempts(full_connection_actor::pointer self,
                   const connection_context& context, timers& all,
                   pending_requests& requests, const reporter& report,
                   callbacks then)
  : self_(self),
    context_(context),
    timers_(all),
    pending_(requests),
    report_(report),
    then_(std::move(then)),
    next_due_(all, [this] { then_.handle(event::due, {}); }),
    due_(all, [this] { give_up_hung(phase::opening); }) {
  // nop
}

void attempts::expect_first(transport_actor first) {
  compat::monitor(self_, first, [this](const caf::error&) {
    // Useless before it was used, or no longer spare.
    spare_.release();
    if (session_)
      session_->forget_spare();
  });
  spare_ = owned{std::move(first)};
  spare_stepwise_ = context_.first_tells_steps;
}

void attempts::start(const resolved_params& with) {
  leave();
  plan_.attempt_begins();
  asked_at_ = timers_.now();
  // Only a session that is reopened without being asked needs a limit of its
  // own: else the callers have theirs.
  began_ = 0;
  began_at_ = asked_at_;
  auto ticket = with.make_ticket(report_.key(), *context_.traits);
  ticket.id = ++last_ticket_;
  if (auto caller = pending_.first_caller())
    ticket.caller = std::hash<caf::actor_addr>{}(caller);
  ticket.expects_failure = plan_.rebooting(asked_at_);
  session_lease::callbacks tell_us;
  tell_us.on_turn = [this] { begin(); };
  tell_us.on_open = [this] { then_.handle(event::succeeded, {}); };
  tell_us.on_reply = then_.on_reply;
  tell_us.on_dropped = [this](uint64_t number, const caf::error& reason) {
    if (is_unbegun(reason))
      pending_.wait_again(number);
    else
      pending_.finish(number, reason);
  };
  tell_us.on_end = then_.on_end;
  auto params = with.params;
  if (!refused_mark_.empty())
    params.extras["credential_refused"] = refused_mark_;
  session_ = std::make_shared<session_lease>(self_, context_, std::move(params),
                                             std::move(ticket),
                                             std::move(tell_us));
  session_->start(std::move(spare_), spare_stepwise_);
}

/// It is our turn.
void attempts::begin() {
  ++count_;
  auto now = timers_.now();
  report_.tell(event_kind::opening, {}, now - asked_at_);
  began_at_ = now;
  began_ = pending_.mark();
  auto until = timers_.after(then_.how().open_timeout);
  if (!std::exchange(turn_has_come_, true))
    pending_.turn_has_come(until);
  if (plan_.wanted())
    due_.set(until);
}

void attempts::leave() {
  if (auto old = std::exchange(session_, nullptr))
    old->leave();
  due_.cancel();
}

void attempts::leave_all() {
  leave();
  spare_.reset();
}

void attempts::params_changed() {
  turn_has_come_ = false;
  plan_.params_changed(then_.how());
  refused_mark_.clear();
}

void attempts::opened() {
  last_error_ = {};
  refused_mark_.clear();
  plan_.opened();
  turn_has_come_ = false;
  due_.cancel();
  report_.count(connection_event::opened);
  report_.tell(event_kind::opened, {}, timers_.now() - began_at_);
}

void attempts::failed(caf::error reason) {
  auto now = timers_.now();
  if (attempt_failure_of(reason) == attempt_failure::refused) {
    // Nothing was tried, so what was found before is still what is known.
    reason = with_last_attempt(reason, last_error_);
    if (!last_error_)
      last_error_ = reason;
  } else {
    last_error_ = reason;
    if (code_of(reason) == errc::auth_failed)
      refused_mark_ = failure_of(reason).details["credential_mark"];
    report_.count(connection_event::open_failed);
    report_.tell(event_kind::open_failed, reason, now - began_at_);
  }
  std::optional<time_point> patience;
  if (pending_.waiting())
    patience = pending_.longest();
  plan_.failed(reason, now, patience, then_.how(), random01());
  if (!plan_.retrying())
    turn_has_come_ = false;
  then_.handle(event::failed, reason);
}

void attempts::pardon() {
  plan_.pardon();
  refused_mark_.clear();
}

void attempts::await_next() {
  next_due_.set(plan_.not_before());
  report_.tell(event_kind::backoff, {}, plan_.not_before() - timers_.now());
}

void attempts::give_up_hung(phase now) {
  if (now == phase::backoff) {
    then_.handle(event::expired, {});
    return;
  }
  if (now != phase::opening)
    return;
  auto begun = began_ != 0;
  // One that is wanted anyway has a limit of its own.
  if (plan_.wanted() && (!begun || due_))
    return;
  if (begun ? pending_.waits_since(began_) : pending_.waiting())
    return;
  auto reason = then_.timed_out();
  // That nobody waits any longer says nothing about the host, unless it had
  // all its time.
  if (stage() == session_stage::opening
      && timers_.now() - began_at_ >= then_.how().open_timeout)
    session_->leave(attempt_outcome::network_failed);
  if (plan_.wanted()) {
    failed(std::move(reason));
    return;
  }
  if (begun) {
    last_error_ = std::move(reason);
    report_.count(connection_event::open_failed);
    report_.tell(event_kind::open_failed, last_error_,
                 timers_.now() - began_at_);
  }
  turn_has_come_ = false;
  then_.handle(event::expired, {});
}

pending_requests::patience attempts::patience(caf::timespan asked) const {
  const auto& how = then_.how();
  auto by_default = turn_has_come_ ? how.open_timeout : how.acquire_timeout;
  return {timers_.after(asked, by_default),
          asked.count() <= 0 && !turn_has_come_};
}

caf::timespan attempts::next_in() const {
  return next_due_ ? std::max<caf::timespan>(next_due_.when() - timers_.now(),
                                             caf::timespan{0})
                   : caf::timespan{0};
}

} // namespace tieline
