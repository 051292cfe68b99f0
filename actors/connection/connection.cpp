#include "tieline/actors/connection/connection.hpp"

#include "tieline/actors/connection/context.hpp"
#include "tieline/actors/connection/dispatcher.hpp"
#include "tieline/actors/connection/failure_class.hpp"
#include "tieline/actors/connection/lifecycle.hpp"
#include "tieline/actors/connection/pending_requests.hpp"
#include "tieline/actors/connection/reopening.hpp"
#include "tieline/actors/connection/resolved_params.hpp"
#include "tieline/actors/connection/session_lease.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/supervisor.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tieline {

namespace {

class connection_core {
public:
  static inline const char* name = "tieline.connection";

  connection_core(full_connection_actor::pointer self, connection_key key,
                  transport_actor first, connection_context context)
    : self_(self),
      key_(std::move(key)),
      context_(std::move(context)),
      held_(context_.held),
      timers_(self->system(), self->ctrl(), context_.timer),
      pending_(timers_, pending_callbacks()),
      dispatcher_(self, key_, timers_, pending_, dispatcher_callbacks()) {
    dispatcher_.pause(held_ == hold::paused);
    compat::monitor(self_, first, [this](const caf::error&) {
      // Useless before it was used, or no longer spare.
      spare_.release();
      if (session_)
        session_->forget_spare();
    });
    spare_ = owned{std::move(first)};
  }

  full_connection_actor::behavior_type make_behavior() {
    return compat::trap_exit<full_connection_actor::behavior_type>(
      self_,
      [this](const caf::error& reason) {
        if (phase_ != phase::ended)
          enter({phase::ended, action::end});
        self_->quit(reason);
      },
      [this](caf::open_atom, connection_params& params, caf::timespan timeout) {
        return open(std::move(params), timeout, self_->current_sender());
      },
      [this](execute_atom, request& what) {
        return execute(std::move(what), self_->current_sender());
      },
      [this](caf::close_atom) { return close(); },
      [this](status_atom) -> caf::result<connection_status> {
        if (has_moved())
          return failed(errc::not_owner, step::none);
        return status();
      },
      [this](explain_atom) -> caf::result<explanation> {
        if (has_moved())
          return failed(errc::not_owner, step::none);
        return explain();
      },
      [this](operate_atom, operation what, caf::timespan window) {
        return operate(what, window);
      },
      [this](caf::open_atom, connection_params& params, caf::timespan timeout,
             caf::strong_actor_ptr& caller) {
        return open(std::move(params), timeout, std::move(caller));
      },
      [this](idle_atom) { return dispatcher_.idle(); },
      [this](evict_atom) { return evict_for_others(); },
      [this](clear_credential_atom, const std::string& username) {
        forgive_login(username);
      },
      [this](hand_over_atom) { return hand_over(); });
  }

private:
  using time_point = timers::time_point;
  using close_promise = caf::typed_response_promise<bool>;
  using done_promise = caf::typed_response_promise<void>;

  // -- requests ---------------------------------------------------------------

  /// The caller by value: making a promise takes the message's sender away.
  caf::result<void> open(connection_params params, caf::timespan timeout,
                         caf::strong_actor_ptr caller) {
    if (phase_ == phase::closing || phase_ == phase::ended)
      return failed(closed_as_, step::open);
    if (held_ == hold::draining)
      return failed(errc::draining, step::open);
    auto wanted = resolved_params::make(key_, std::move(params),
                                        context_.defaults);
    if (!wanted)
      return wanted.error();
    auto same = resolved_ && resolved_->params == wanted->params;
    if (same && plan_.terminal()) {
      if (!may_do_better())
        return last_error_;
      plan_.pardon();
    }
    auto to = decide(phase_, same ? event::open_same : event::open_other,
                     given());
    // What concerns the connection only holds at once.
    resolved_ = std::move(*wanted);
    if (to.act == action::answer) {
      look_after_idle();
      return caf::unit;
    }
    if (!same)
      begin_epoch();
    else if (phase_ == phase::idle
             || (phase_ == phase::backoff && !plan_.retrying()))
      plan_.asked(policy());
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    auto asked = timeout.count() > 0;
    auto until = timers_.after(timeout, first_patience());
    pending_.add(promise, {until, !asked && !turn_has_come_}, caller);
    dispatcher_.expect_long_wait();
    enter(to);
    return promise;
  }

  caf::result<reply> execute(request what, caf::strong_actor_ptr caller) {
    if (held_ == hold::draining)
      return failed(errc::draining, step::execute);
    auto to = decide(phase_, event::execute, given());
    if (to.act == action::refuse_closed)
      return failed(closed_as_, step::execute);
    if (to.act == action::refuse_not_open)
      return last_error_ ? last_error_ : failed(errc::not_open, step::execute);
    if (pending_.queued() >= policy().queue_limit)
      return overloaded();
    auto asked = what.timeout.count() > 0;
    auto until = timers_.after(what.timeout, policy().acquire_timeout);
    // Nobody is kept waiting for an attempt that comes too late.
    if (to.next == phase::backoff && last_error_ && plan_.not_before() >= until)
      return last_error_;
    if (what.output_limit == 0 && !what.sink)
      what.output_limit = policy().output_limit;
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<reply>>();
    auto before = pending_.queued();
    pending_.add(promise, std::move(what), {until, !asked}, caller);
    if (phase_ == phase::idle)
      plan_.needed(policy());
    enter(to);
    if (pending_.queued() > before) {
      pending_.expect_end(caller);
      dispatcher_.expect_long_wait();
    }
    return promise;
  }

  caf::error overloaded() {
    auto reason
      = failed(errc::overloaded, step::execute,
               std::to_string(pending_.queued()) + " requests wait already");
    tell(event_kind::overloaded, reason);
    return reason;
  }

  caf::result<bool> close() {
    auto to = decide(phase_, event::close, given());
    if (to.act == action::answer)
      return false;
    auto promise = self_->make_response_promise<close_promise>();
    close_then(to, [promise](bool first) mutable { promise.deliver(first); });
    return promise;
  }

  caf::result<void> hand_over() {
    auto to = decide(phase_, event::close, given());
    if (to.act == action::answer)
      return caf::unit;
    if (phase_ != phase::closing)
      closed_as_ = errc::not_owner;
    auto promise = self_->make_response_promise<done_promise>();
    close_then(to, [promise](bool) mutable { promise.deliver(); });
    return promise;
  }

  /// @param then is told whether it was the first who wanted it closed
  void close_then(transition to, std::function<void(bool)> then) {
    closers_.push_back(std::move(then));
    if (phase_ != phase::closing && to.next == phase::closing) {
      tell_supervisor(closing_atom_v);
      pending_.fail_waiting(failed(closed_as_, step::close));
    }
    enter(to);
  }

  /// Returns whether it is all over here, but not elsewhere.
  bool has_moved() const {
    return phase_ == phase::ended && closed_as_ == errc::not_owner;
  }

  connection_status status() const {
    return {key_,
            state_of(phase_),
            since_,
            held_,
            epoch_,
            attempts_,
            last_error_,
            pending_.openers(),
            pending_.queued(),
            pending_.in_flight(),
            context_.node};
  }

  // -- orders -----------------------------------------------------------------

  caf::result<void> operate(operation what, caf::timespan window) {
    if (phase_ == phase::closing || phase_ == phase::ended)
      return failed(closed_as_, step::none);
    switch (what) {
      case operation::pause:
        hold_at(hold::paused, event_kind::paused);
        break;
      case operation::resume:
        hold_at(hold::none, event_kind::resumed);
        if (policy().keep_open && plan_.reopenable() && phase_ != phase::open)
          plan_.want(true);
        handle(event::resume);
        break;
      case operation::drain:
        return drain();
      case operation::reconnect:
        reconnect();
        break;
      case operation::kill:
        if (session_)
          tell(event_kind::killed);
        handle(event::kill, failed(errc::connection_lost, step::session,
                                   "dropped by an operator"));
        break;
      case operation::expect_disconnect:
        if (window.count() <= 0)
          return failed(errc::invalid_request, step::none,
                        "expect_disconnect needs a time");
        plan_.expect_loss(timers_.after(window, window));
        break;
      default:
        return failed(errc::invalid_request, step::none, "no such operation");
    }
    return caf::unit;
  }

  void hold_at(hold what, event_kind name) {
    if (std::exchange(held_, what) == what)
      return;
    dispatcher_.pause(what == hold::paused);
    tell(name);
    // Its turn could come at any time.
    if (what == hold::paused && is_in_line())
      enter({phase::idle, action::abort_attempt});
    if (what != hold::draining)
      answer_drainers();
  }

  caf::result<void> drain() {
    auto promise = self_->make_response_promise<done_promise>();
    drainers_.push_back(promise);
    plan_.want(false);
    hold_at(hold::draining, event_kind::draining);
    // What a pause had held back was accepted.
    handle(event::resume);
    give_up_hung_attempt();
    return promise;
  }

  void reconnect() {
    if (!resolved_)
      return;
    compat::send(self_, context_.admission, reset_atom_v,
                 resolved_->make_ticket(key_).endpoint);
    pardon();
    plan_.asked(policy());
    if (held_ == hold::draining || phase_ == phase::opening)
      return;
    plan_.want(true);
    handle(event::reopen);
  }

  void pardon() {
    plan_.pardon();
    refused_mark_.clear();
  }

  /// Returns whether params that were refused may mean something else by now:
  /// the credential that they name may be another, or can be read again. Its
  /// transport knows, and does not try the same login twice.
  bool may_do_better() const {
    auto code = code_of(last_error_);
    return resolved_->params.extras.count("credential") > 0
           && (code == errc::auth_failed || code == errc::invalid_params);
  }

  void forgive_login(const std::string& username) {
    if (resolved_ && resolved_->login() == username
        && code_of(last_error_) == errc::auth_failed) {
      pardon();
      if (policy().keep_open && plan_.reopenable() && held_ == hold::none
          && phase_ == phase::idle) {
        plan_.want(true);
        handle(event::reopen);
      }
    }
  }

  bool evict_for_others() {
    if (!dispatcher_.out_of_use())
      return false;
    evict("others need a session");
    return true;
  }

  // -- the life cycle ---------------------------------------------------------

  circumstances given() const {
    circumstances result;
    result.busy = pending_.running();
    result.wanted = pending_.waiting() || plan_.wanted();
    result.reopenable = resolved_ && plan_.reopenable();
    result.held = held_ == hold::paused;
    result.early = plan_.early(timers_.now());
    result.retry = plan_.goes_on();
    result.retrying = plan_.retrying();
    return result;
  }

  void handle(event what, const caf::error& reason = {}) {
    enter(decide(phase_, what, given()), reason);
  }

  void enter(transition to, const caf::error& reason = {}) {
    if (state_of(phase_) != state_of(to.next))
      since_ = caf::make_timestamp();
    phase_ = to.next;
    if (phase_ != phase::backoff)
      backoff_due_.cancel();
    if (phase_ != phase::open)
      dispatcher_.end();
    if (phase_ == phase::idle)
      turn_has_come_ = false;
    switch (to.act) {
      case action::start_attempt:
      case action::restart_attempt:
        start_attempt();
        break;
      case action::abort_attempt:
        leave_session();
        break;
      case action::serve:
        serve();
        break;
      case action::run:
        dispatcher_.run();
        break;
      case action::fail_waiting:
        leave_session();
        pending_.fail_waiting(reason);
        break;
      case action::await_retry:
        leave_session();
        // Who is not to wait for the next attempt hears of this one.
        if (!plan_.retrying())
          pending_.fail_waiting(reason);
        await_attempt();
        break;
      case action::await_attempt:
        await_attempt();
        break;
      case action::drop_session:
        drop_session(reason);
        break;
      case action::replace_session:
        drop_session(reason);
        start_attempt();
        break;
      case action::await_replacement:
        drop_session(reason);
        await_attempt();
        break;
      case action::drain_session:
        limit_closing();
        break;
      case action::retire_session:
        retire_session();
        break;
      case action::kill:
        plan_.want(false);
        // Where there is nothing to drop, the last error is still the last.
        drop_session(session_ ? reason : caf::error{});
        pending_.fail_waiting(
          failed(errc::canceled, step::open, "dropped by an operator"));
        break;
      case action::end:
        end();
        break;
      default:
        break;
    }
    drain_further();
  }

  // -- opening ----------------------------------------------------------------

  /// Other params than before: what was said about the old ones is void.
  void begin_epoch() {
    if (phase_ == phase::open)
      tell(event_kind::rotated);
    ++epoch_;
    turn_has_come_ = false;
    plan_.params_changed(policy());
    refused_mark_.clear();
  }

  /// Returns how long who leaves it to the settings waits at first.
  caf::timespan first_patience() const {
    return turn_has_come_ ? policy().open_timeout : policy().acquire_timeout;
  }

  void start_attempt() {
    leave_session();
    plan_.attempt_begins();
    asked_at_ = timers_.now();
    // Only a session that is reopened without being asked needs a limit of its
    // own: else the callers have theirs.
    attempt_began_ = 0;
    auto pass = resolved_->make_ticket(key_);
    pass.id = ++last_ticket_;
    if (auto caller = pending_.first_caller())
      pass.caller = std::hash<caf::actor_addr>{}(caller);
    pass.expects_failure = plan_.rebooting(asked_at_);
    session_lease::callbacks tell_us;
    tell_us.on_turn = [this] { begin_attempt(); };
    tell_us.on_open = [this] { handle(event::succeeded); };
    tell_us.on_reply = [this](uint64_t id, caf::expected<reply> got) {
      if (pending_.finish(id, std::move(got)))
        dispatcher_.go_on();
    };
    tell_us.on_end = [this](const caf::error& reason) { on_end(reason); };
    auto params = resolved_->params;
    if (!refused_mark_.empty())
      params.extras["credential_refused"] = refused_mark_;
    session_ = std::make_shared<session_lease>(
      self_, context_, std::move(params), std::move(pass), std::move(tell_us));
    session_->start(std::move(spare_));
  }

  /// It is our turn.
  void begin_attempt() {
    ++attempts_;
    auto now = timers_.now();
    tell(event_kind::opening, {}, now - asked_at_);
    began_at_ = now;
    attempt_began_ = pending_.mark();
    auto until = timers_.after({}, policy().open_timeout);
    if (!std::exchange(turn_has_come_, true))
      pending_.turn_has_come(until);
    if (plan_.wanted())
      attempt_due_.set(until);
  }

  void serve() {
    last_error_ = {};
    refused_mark_.clear();
    plan_.opened();
    turn_has_come_ = false;
    attempt_due_.cancel();
    dispatcher_.begin(session_);
    count(connection_event::opened);
    tell(event_kind::opened, {}, timers_.now() - began_at_);
    pending_.serve_openers();
    dispatcher_.run();
    dispatcher_.look_after();
  }

  void on_end(caf::error reason) {
    if (phase_ != phase::opening) {
      on_loss(reason);
      return;
    }
    auto now = timers_.now();
    if (failure_class_of(reason) == failure_class::refused) {
      // Nothing was tried, so what was found before is still what is known.
      reason = with_last_error(reason);
      if (!last_error_)
        last_error_ = reason;
    } else {
      last_error_ = reason;
      if (code_of(reason) == errc::auth_failed)
        refused_mark_ = failure_of(reason).details["credential_mark"];
      count(connection_event::open_failed);
      tell(event_kind::open_failed, reason, now - began_at_);
    }
    std::optional<time_point> patience;
    if (pending_.waiting())
      patience = pending_.longest();
    plan_.failed(reason, now, patience, policy(), random01());
    if (!plan_.retrying())
      turn_has_come_ = false;
    handle(event::failed, reason);
  }

  /// Returns the refusal with what had gone wrong before.
  caf::error with_last_error(const caf::error& refusal) const {
    auto context = failure_of(refusal);
    context.cause = joined(context.cause, last_attempt());
    return make_error(code_of(refusal), std::move(context));
  }

  static std::string joined(std::string what, const std::string& more) {
    if (!what.empty() && !more.empty())
      what += "; ";
    return what + more;
  }

  /// Returns what came of the last attempt, if it failed.
  std::string last_attempt() const {
    if (!last_error_ || failure_class_of(last_error_) == failure_class::refused)
      return {};
    auto before = failure_of(last_error_);
    return joined("last attempt: "
                    + std::string{sentence(code_of(last_error_))},
                  before.cause);
  }

  void await_attempt() {
    backoff_due_.set(plan_.not_before());
    tell(event_kind::backoff, {}, plan_.not_before() - timers_.now());
  }

  /// Ends an attempt when the last of those has left who waited as it began.
  /// Without that, callers who keep coming would keep a hung one alive.
  void give_up_hung_attempt() {
    if (phase_ == phase::backoff) {
      handle(event::expired);
      return;
    }
    if (phase_ != phase::opening)
      return;
    auto begun = attempt_began_ != 0;
    // One that is wanted anyway has a limit of its own.
    if (plan_.wanted() && (!begun || attempt_due_))
      return;
    if (begun ? pending_.waits_since(attempt_began_) : pending_.waiting())
      return;
    // That nobody waits any longer says nothing about the host, unless it had
    // all its time.
    if (session_->now() == session_lease::stage::opening
        && timers_.now() - began_at_ >= policy().open_timeout)
      session_->leave(attempt_outcome::network_failed);
    if (plan_.wanted()) {
      on_end(failed(errc::timeout, step::open));
      return;
    }
    if (begun) {
      last_error_ = failed(errc::timeout, step::open);
      count(connection_event::open_failed);
      tell(event_kind::open_failed, last_error_, timers_.now() - began_at_);
    }
    turn_has_come_ = false;
    handle(event::expired);
  }

  // -- requests at work -------------------------------------------------------

  dispatcher::callbacks dispatcher_callbacks() {
    dispatcher::callbacks result;
    result.how = [this]() -> const tieline::policy& { return policy(); };
    result.on_idle = [this] { handle(event::drained); };
    result.on_alive = [this] {
      dispatcher_.run();
      dispatcher_.look_after();
    };
    result.on_dead = [this](const caf::error& reason) { on_loss(reason); };
    result.on_evict = [this](std::string why) {
      // Whoever keeps it open gets a fresh one.
      plan_.want(policy().keep_open && held_ == hold::none);
      evict(std::move(why));
    };
    result.on_long = [this](event_kind what, std::string who,
                            caf::timespan span) {
      tell(what, {}, span, std::move(who));
    };
    return result;
  }

  // -- the end of a session ---------------------------------------------------

  void on_loss(const caf::error& reason) {
    if (phase_ == phase::open) {
      count(connection_event::lost);
      tell(event_kind::lost, reason, dispatcher_.age());
      plan_.lost(dispatcher_.opened_at(), timers_.now(), held_ != hold::none,
                 policy(), random01());
    }
    handle(event::lost, reason);
  }

  void drop_session(const caf::error& reason) {
    leave_session();
    if (reason)
      last_error_ = reason;
    pending_.fail_running(
      reason ? reason : failed(errc::connection_lost, step::session));
  }

  void evict(std::string why) {
    count(connection_event::evicted);
    tell(event_kind::evicted, {}, dispatcher_.age(), std::move(why));
    handle(event::retire);
  }

  /// To be called when a session may be out of use though no request has ended,
  /// or when the policy may have changed.
  void look_after_idle() {
    if (dispatcher_.out_of_use())
      dispatcher_.look_after();
  }

  /// Sets the deadline for closing, if there is none yet.
  void limit_closing() {
    if (!closing_due_)
      closing_due_.set(timers_.after({}, policy().close_timeout));
  }

  /// Asks the session to end; by the deadline it is dropped anyway.
  void retire_session() {
    limit_closing();
    auto retired = [this, mine = std::weak_ptr{session_}] {
      if (session_ && mine.lock() == session_)
        handle(event::retired);
    };
    compat::request(self_, session_->transport(), caf::infinite,
                    caf::close_atom_v)
      .then(retired, [retired](const caf::error&) { retired(); });
  }

  /// Forgets the session or attempt; whatever it still says is stale.
  void leave_session() {
    if (auto old = std::exchange(session_, nullptr))
      old->leave();
    dispatcher_.end();
    closing_due_.cancel();
    attempt_due_.cancel();
  }

  /// Goes on with a drain, if there is one, as far as it has come.
  void drain_further() {
    if (held_ != hold::draining || pending_.waiting() || pending_.running())
      return;
    if (phase_ == phase::open) {
      handle(event::retire);
    } else if (phase_ == phase::idle && !drainers_.empty()) {
      tell(event_kind::drained);
      answer_drainers();
    }
  }

  void answer_drainers() {
    for (auto& promise : std::exchange(drainers_, {}))
      promise.deliver();
  }

  void end() {
    leave_session();
    spare_.reset();
    resolved_.reset();
    // Counted and removed before anybody is told.
    count(connection_event::closed);
    tell(event_kind::closed);
    tell_supervisor(closed_atom_v);
    pending_.fail_waiting(failed(closed_as_, step::close));
    // Not `closed`, which says that it was not begun.
    pending_.fail_running(failed(errc::connection_lost, step::close));
    pending_.expect_no_ends();
    answer_drainers();
    auto first = true;
    for (auto& then : std::exchange(closers_, {}))
      then(std::exchange(first, false));
    timers_.clear();
    context_ = {};
  }

  // -- time -------------------------------------------------------------------

  pending_requests::callbacks pending_callbacks() {
    using whose = pending_requests::whose;
    pending_requests::callbacks result;
    result.watch_end = [this](const caf::strong_actor_ptr& caller) {
      return watch_caller(caller);
    };
    result.why_late = [this](whose x) {
      return x == whose::running
               ? failed(errc::timeout, step::execute)
               : failed(errc::timeout, step::open, why_not_open());
    };
    result.on_late = [this](whose x) {
      if (x == whose::running)
        dispatcher_.go_on();
      else
        on_gone();
    };
    return result;
  }

  /// Somebody waits no more.
  void on_gone() {
    give_up_hung_attempt();
    drain_further();
    look_after_idle();
  }

  /// Returns for a caller whose time is over what it has waited for.
  std::string why_not_open() const {
    if (held_ == hold::paused)
      return "paused by an operator";
    if (phase_ == phase::open)
      return dispatcher_.probing() ? "the session is being probed"
                                   : "other requests run on the session";
    if (phase_ == phase::opening && session_
        && session_->now() == session_lease::stage::admission)
      return joined("waited for its turn to open", last_attempt());
    return last_attempt();
  }

  // -- to be seen -------------------------------------------------------------

  caf::result<explanation> explain() {
    explanation result;
    result.status = status();
    result.what = waits();
    auto now = timers_.now();
    if (backoff_due_)
      result.next_attempt_in
        = std::max<caf::timespan>(backoff_due_.when() - now, caf::timespan{0});
    result.session_age = dispatcher_.age();
    result.idle = dispatcher_.idle();
    result.running = pending_.list_running(now);
    result.queued = pending_.list_queued(now);
    if (!resolved_)
      return result;
    auto promise
      = self_
          ->make_response_promise<caf::typed_response_promise<explanation>>();
    auto pass = session_ ? session_->ticket() : resolved_->make_ticket(key_);
    auto pends = phase_ == phase::idle || is_in_line();
    compat::request(self_, context_.admission, caf::infinite, explain_atom_v,
                    std::move(pass))
      .then(
        [promise, result, pends](const admission_status& got) mutable {
          result.admission = got;
          if (pends && result.what == waits_for::nothing)
            result.what = got.what;
          promise.deliver(std::move(result));
        },
        [promise, result](const caf::error&) mutable {
          promise.deliver(std::move(result));
        });
    return promise;
  }

  bool is_in_line() const {
    return phase_ == phase::opening && session_
           && session_->now() == session_lease::stage::admission;
  }

  waits_for waits() const {
    if (held_ == hold::paused)
      return waits_for::resume;
    switch (phase_) {
      case phase::backoff:
        return waits_for::backoff;
      case phase::opening:
        if (is_in_line())
          return waits_for::nothing; // the admission knows
        return session_->now() == session_lease::stage::creation
                 ? waits_for::factory
                 : waits_for::transport;
      case phase::open:
        if (dispatcher_.probing())
          return waits_for::probe;
        return pending_.queued() > 0 ? waits_for::running_requests
                                     : waits_for::nothing;
      case phase::draining:
      case phase::closing:
        return waits_for::closing;
      default:
        return waits_for::nothing;
    }
  }

  void tell(event_kind what, const caf::error& reason = {},
            caf::timespan span = caf::timespan{0}, std::string detail = {}) {
    lifecycle_event x;
    x.key = key_;
    x.what = what;
    x.reason = reason;
    x.span = span;
    x.detail = std::move(detail);
    compat::send(self_, context_.events, std::move(x));
  }

  void count(connection_event what) {
    compat::send(self_, context_.stats, count_atom_v, what, key_.plugin_name);
  }

  // -- helpers ----------------------------------------------------------------

  template <class Atom>
  void tell_supervisor(Atom what) {
    if (auto supervisor
        = caf::actor_cast<supervisor_actor>(context_.supervisor))
      compat::send(self_, supervisor, what, key_);
  }

  compat::watch watch_caller(const caf::strong_actor_ptr& caller) {
    return {self_, caf::actor_cast<caf::actor>(caller),
            [this, addr = caf::actor_cast<caf::actor_addr>(caller)](
              const caf::error&) {
              pending_.drop(addr);
              on_gone();
            }};
  }

  const tieline::policy& policy() const {
    return resolved_ ? resolved_->how : context_.defaults;
  }

  caf::error failed(errc code, step at, std::string cause = {}) const {
    return make_error(code, {key_, at, std::move(cause)});
  }

  full_connection_actor::pointer self_;
  connection_key key_;
  connection_context context_;

  phase phase_ = phase::idle;
  hold held_;
  caf::timestamp since_ = caf::make_timestamp();

  /// What the session or attempt was opened with; none before the first open.
  std::optional<resolved_params> resolved_;
  uint64_t epoch_ = 0;
  /// The session or attempt.
  std::shared_ptr<session_lease> session_;
  uint64_t last_ticket_ = 0;
  /// A transport that waits for the first open.
  owned<transport_actor> spare_;

  // Opening and opening again.
  reopening plan_;
  uint64_t attempts_ = 0;
  caf::error last_error_;
  /// What tells apart the named credential that was refused last, if any was.
  std::string refused_mark_;
  time_point asked_at_;
  time_point began_at_;
  /// A mark from when the attempt began; zero: it waits for its turn.
  uint64_t attempt_began_ = 0;
  /// One of the attempts for those who wait has begun.
  bool turn_has_come_ = false;

  timers timers_;
  pending_requests pending_;
  dispatcher dispatcher_;
  std::vector<std::function<void(bool)>> closers_;
  /// What to answer since then.
  errc closed_as_ = errc::closed;
  std::vector<done_promise> drainers_;
  deadline closing_due_{
    timers_, [this] {
      handle(event::expired, failed(errc::connection_lost, step::close,
                                    "its work had not ended by the time for "
                                    "closing"));
    }};
  deadline backoff_due_{timers_, [this] { handle(event::due); }};
  deadline attempt_due_{timers_, [this] { give_up_hung_attempt(); }};
};

} // namespace

full_connection_actor
spawn_connection(caf::actor_system& sys, connection_key key,
                 transport_actor first, connection_context context) {
  using impl = full_connection_actor::stateful_impl<connection_core>;
  return sys.spawn<impl>(std::move(key), std::move(first), std::move(context));
}

} // namespace tieline
