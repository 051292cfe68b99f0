#include "tieline/actors/connection.hpp"

#include "tieline/actors/alarm.hpp"
#include "tieline/actors/backoff.hpp"
#include "tieline/actors/context.hpp"
#include "tieline/actors/eviction.hpp"
#include "tieline/actors/lifecycle.hpp"
#include "tieline/actors/owned.hpp"
#include "tieline/actors/session.hpp"
#include "tieline/actors/target.hpp"
#include "tieline/actors/verdict.hpp"
#include "tieline/actors/workload.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace tieline {

namespace {

/// Longest wait between the attempts to reach a host that restarts.
constexpr caf::timespan reboot_poll = std::chrono::seconds{5};

/// Shortest wait after a refusal by the admission. Without one, a connection
/// that is kept open without backoff would ask again and again at no cost.
constexpr caf::timespan refusal_poll = std::chrono::seconds{1};

/// Returns a random number from 0 to 1.
double draw() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(engine);
}

class connection_core {
public:
  static inline const char* name = "tieline.connection";

  connection_core(full_connection_actor::pointer self, connection_key key,
                  transport_actor first, connection_context context)
    : self_(self),
      key_(std::move(key)),
      context_(std::move(context)),
      held_(context_.held),
      alarm_(self->system(), self->ctrl(), context_.timer,
             [this](uint64_t id) { on_due(id); }),
      jobs_(alarm_, [this](const caf::strong_actor_ptr& caller) {
        watch_caller(caller);
      }) {
    compat::monitor(self_, first, [this](const caf::error&) {
      // Useless before it was used, or no longer spare.
      spare_.release();
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
      [this](status_atom) { return status(); },
      [this](explain_atom) { return explain(); },
      [this](operate_atom, operation what, caf::timespan window) {
        return operate(what, window);
      },
      [this](caf::open_atom, connection_params& params, caf::timespan timeout,
             caf::strong_actor_ptr& caller) {
        return open(std::move(params), timeout, std::move(caller));
      },
      [this](idle_atom) { return idle(); },
      [this](evict_atom) { return evict_for_others(); },
      [this](clear_credential_atom, const std::string& username) {
        forgive_login(username);
      });
  }

private:
  using time_point = alarm::time_point;
  using close_promise = caf::typed_response_promise<bool>;
  using done_promise = caf::typed_response_promise<void>;

  // -- requests ---------------------------------------------------------------

  /// The caller by value: making a promise takes the message's sender away.
  caf::result<void> open(connection_params params, caf::timespan timeout,
                         caf::strong_actor_ptr caller) {
    if (phase_ == phase::closing || phase_ == phase::ended)
      return failed(errc::closed, step::open);
    if (held_ == hold::draining)
      return failed(errc::draining, step::open);
    auto wanted = target::make(key_, std::move(params), context_.defaults);
    if (!wanted)
      return wanted.error();
    auto same = target_ && target_->params == wanted->params;
    if (same && terminal_)
      return last_error_;
    auto to = decide(phase_, same ? event::open_same : event::open_other,
                     given());
    // What concerns the connection only holds at once.
    target_ = std::move(*wanted);
    if (to.act == action::answer)
      return caf::unit;
    if (!same)
      begin_epoch();
    else if (phase_ == phase::idle || (phase_ == phase::backoff && !retry_))
      begin_series();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    auto asked = timeout.count() > 0;
    auto until = alarm_.after(timeout, first_patience());
    jobs_.add(promise, {until, !asked && !turn_has_come_}, caller);
    expect_long_wait();
    enter(to);
    return promise;
  }

  caf::result<reply> execute(request what, caf::strong_actor_ptr caller) {
    if (held_ == hold::draining)
      return failed(errc::draining, step::execute);
    auto to = decide(phase_, event::execute, given());
    if (to.act == action::refuse_closed)
      return failed(errc::closed, step::execute);
    if (to.act == action::refuse_not_open)
      return last_error_ ? last_error_ : failed(errc::not_open, step::execute);
    if (jobs_.queued() >= how().queue_limit)
      return overloaded();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<reply>>();
    auto asked = what.timeout.count() > 0;
    auto until = alarm_.after(what.timeout, how().acquire_timeout);
    if (what.output_limit == 0)
      what.output_limit = how().output_limit;
    auto before = jobs_.queued();
    jobs_.add(promise, std::move(what), {until, !asked}, caller);
    if (phase_ == phase::idle)
      retries_left_ = how().open_retries;
    enter(to);
    if (jobs_.queued() > before) {
      jobs_.watch(caller);
      expect_long_wait();
    }
    return promise;
  }

  caf::error overloaded() {
    auto reason
      = failed(errc::overloaded, step::execute,
               std::to_string(jobs_.queued()) + " requests wait already");
    tell(happening::overloaded, reason);
    return reason;
  }

  caf::result<bool> close() {
    auto to = decide(phase_, event::close, given());
    if (to.act == action::answer)
      return false;
    auto promise = self_->make_response_promise<close_promise>();
    closers_.push_back(promise);
    if (phase_ != phase::closing && to.next == phase::closing) {
      tell_supervisor(closing_atom_v);
      jobs_.fail_waiting(failed(errc::closed, step::close));
    }
    enter(to);
    return promise;
  }

  connection_status status() const {
    return {key_,           state_of(phase_), since_,      held_,
            epoch_,         attempts_,        last_error_, jobs_.openers(),
            jobs_.queued(), jobs_.in_flight()};
  }

  // -- orders -----------------------------------------------------------------

  caf::result<void> operate(operation what, caf::timespan window) {
    if (phase_ == phase::closing || phase_ == phase::ended)
      return failed(errc::closed, step::none);
    switch (what) {
      case operation::pause:
        hold_at(hold::paused, happening::paused);
        break;
      case operation::resume:
        hold_at(hold::none, happening::resumed);
        if (how().keep_open && reopenable_ && phase_ == phase::idle)
          reopen_ = true;
        handle(event::resume);
        break;
      case operation::drain:
        return drain();
      case operation::reconnect:
        reconnect();
        break;
      case operation::kill:
        if (session_)
          tell(happening::killed);
        handle(event::kill, failed(errc::connection_lost, step::session,
                                   "dropped by an operator"));
        break;
      case operation::expect_disconnect:
        if (window.count() <= 0)
          return failed(errc::invalid_request, step::none,
                        "expect_disconnect needs a time");
        reboot_until_ = alarm_.after(window, window);
        break;
      default:
        return failed(errc::invalid_request, step::none, "no such operation");
    }
    return caf::unit;
  }

  void hold_at(hold what, happening name) {
    if (std::exchange(held_, what) == what)
      return;
    tell(name);
    if (what != hold::draining)
      answer_drainers();
  }

  caf::result<void> drain() {
    auto promise = self_->make_response_promise<done_promise>();
    drainers_.push_back(promise);
    reopen_ = false;
    hold_at(hold::draining, happening::draining);
    // What a pause had held back was accepted.
    handle(event::resume);
    give_up_hung_attempt();
    return promise;
  }

  void reconnect() {
    if (!target_)
      return;
    compat::send(self_, context_.admission, reset_atom_v,
                 target_->make_ticket(key_).endpoint);
    terminal_ = false;
    begin_series();
    if (held_ == hold::draining || phase_ == phase::opening)
      return;
    reopen_ = true;
    handle(event::reopen);
  }

  void forgive_login(const std::string& username) {
    if (target_ && target_->params.username == username
        && code_of(last_error_) == errc::auth_failed)
      terminal_ = false;
  }

  caf::timespan idle() const {
    if (!out_of_use())
      return caf::timespan{0};
    return std::max<caf::timespan>(alarm_.now() - *times_.idle_since,
                                   caf::timespan{1});
  }

  bool evict_for_others() {
    if (!out_of_use())
      return false;
    evict(failed(errc::overloaded, step::session,
                 "others need a session, and none was idle for longer"));
    return true;
  }

  // -- the life cycle ---------------------------------------------------------

  circumstances given() const {
    circumstances result;
    result.busy = jobs_.running();
    result.wanted = jobs_.waiting() || reopen_;
    result.reopenable = target_ && reopenable_ && !terminal_;
    result.held = held_ == hold::paused;
    result.early = alarm_.now() < not_before_;
    result.retry = retry_ || persist_;
    result.retrying = retry_;
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
        run_queued();
        break;
      case action::fail_waiting:
        leave_session();
        jobs_.fail_waiting(reason);
        break;
      case action::await_retry:
        leave_session();
        // Who is not to wait for the next attempt hears of this one.
        if (!retry_)
          jobs_.fail_waiting(reason);
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
        reopen_ = false;
        drop_session(reason);
        jobs_.fail_waiting(
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
      tell(happening::rotated);
    ++epoch_;
    reopenable_ = false;
    terminal_ = false;
    turn_has_come_ = false;
    begin_series();
  }

  /// Somebody asks for a session in so many words: what went wrong before does
  /// not count.
  void begin_series() {
    strikes_ = 0;
    retries_left_ = how().open_retries;
  }

  /// Returns how long who leaves it to the settings waits at first.
  caf::timespan first_patience() const {
    return turn_has_come_ ? how().open_timeout : how().acquire_timeout;
  }

  void start_attempt() {
    leave_session();
    retry_ = false;
    asked_at_ = alarm_.now();
    // Only a session that is reopened without being asked needs a limit of its
    // own: else the callers have theirs.
    attempt_began_ = 0;
    auto pass = target_->make_ticket(key_);
    pass.id = ++last_ticket_;
    if (auto caller = jobs_.first_caller())
      pass.caller = std::hash<caf::actor_addr>{}(caller);
    pass.expects_failure = alarm_.now() < reboot_until_;
    session::callbacks tell_us;
    tell_us.on_turn = [this] { begin_attempt(); };
    tell_us.on_open = [this] { handle(event::succeeded); };
    tell_us.on_end = [this](const caf::error& reason) { on_end(reason); };
    session_ = std::make_shared<session>(self_, context_, target_->params,
                                         std::move(pass), std::move(tell_us));
    session_->start(std::move(spare_));
  }

  /// It is our turn.
  void begin_attempt() {
    ++attempts_;
    auto now = alarm_.now();
    tell(happening::opening, {}, now - asked_at_);
    began_at_ = now;
    attempt_began_ = alarm_.next_id();
    auto until = alarm_.after({}, how().open_timeout);
    if (!std::exchange(turn_has_come_, true))
      jobs_.turn_has_come(until);
    if (reopen_)
      attempt_due_.set(until);
  }

  void serve() {
    last_error_ = {};
    reopenable_ = true;
    reopen_ = false;
    turn_has_come_ = false;
    attempt_due_.cancel();
    auto now = alarm_.now();
    times_ = {draw(), draw(), now, now};
    count(connection_event::opened);
    tell(happening::opened, {}, now - began_at_);
    jobs_.serve_openers();
    run_queued();
    look_after();
  }

  void on_end(const caf::error& reason) {
    if (phase_ != phase::opening) {
      on_loss(reason);
      return;
    }
    auto what = verdict_on(reason);
    last_error_ = reason;
    terminal_ = what == verdict::terminal;
    if (what != verdict::refused) {
      count(connection_event::open_failed);
      tell(happening::open_failed, reason, alarm_.now() - began_at_);
    }
    plan_retry(what, reason);
    handle(event::failed, reason);
  }

  /// Decides whether there is to be another attempt, for whom and when.
  void plan_retry(verdict what, const caf::error& reason) {
    auto now = alarm_.now();
    auto rebooting = now < reboot_until_;
    auto wait = delay(how(), strikes_, draw());
    if (rebooting)
      wait = std::min(wait, reboot_poll);
    if (what == verdict::refused)
      wait = std::max({wait, failure_of(reason).retry_after, refusal_poll});
    not_before_ = now + wait;
    ++strikes_;
    retry_ = false;
    if (what == verdict::network && jobs_.waiting()) {
      // Nobody is kept waiting for an attempt that comes too late for all.
      retry_ = (rebooting || retries_left_ > 0)
               && not_before_ < jobs_.longest();
      if (retry_ && !rebooting)
        --retries_left_;
    }
    persist_ = reopen_ && reopenable_
               && (what == verdict::network || what == verdict::refused)
               && (how().keep_open || rebooting);
    reopen_ = persist_;
    if (!retry_)
      turn_has_come_ = false;
  }

  void await_attempt() {
    backoff_due_.set(not_before_);
    tell(happening::backoff, {}, not_before_ - alarm_.now());
  }

  /// Ends an attempt when the last of those has left who waited as it began.
  /// Without that, callers who keep coming would keep a hung one alive.
  void give_up_hung_attempt() {
    if (phase_ == phase::backoff) {
      handle(event::expired);
      return;
    }
    if (phase_ != phase::opening || reopen_)
      return;
    auto begun = attempt_began_ != 0;
    if (begun ? jobs_.waits_since(attempt_began_) : jobs_.waiting())
      return;
    if (begun) {
      last_error_ = failed(errc::timeout, step::open);
      count(connection_event::open_failed);
      tell(happening::open_failed, last_error_, alarm_.now() - began_at_);
    }
    turn_has_come_ = false;
    handle(event::expired);
  }

  // -- requests at work -------------------------------------------------------

  bool out_of_use() const {
    return phase_ == phase::open && times_.idle_since && !probe_due_
           && jobs_.queued() == 0;
  }

  void run_queued() {
    if (phase_ != phase::open || held_ == hold::paused || probe_due_
        || jobs_.queued() == 0)
      return;
    auto now = alarm_.now();
    auto after = how().probe_after;
    if (times_.idle_since && after.count() > 0
        && now - *times_.idle_since >= after) {
      probe();
      return;
    }
    auto most = session_->traits().concurrency;
    while (jobs_.queued() > 0 && (most == 0 || jobs_.in_flight() < most))
      run_next(now);
  }

  void run_next(time_point now) {
    times_.idle_since.reset();
    auto [id, what] = jobs_.run_next(now,
                                     alarm_.after({}, how().execute_timeout));
    if (how().long_hold.count() > 0)
      upkeep_due_.set_by(now + how().long_hold);
    compat::request(self_, session_->transport(), caf::infinite, execute_atom_v,
                    std::move(what))
      .then([this, id = id](reply& result) { finish(id, std::move(result)); },
            [this, id = id](caf::error& reason) {
              // The end itself follows, and tells why.
              if (!tells_of_an_end(reason))
                finish(id, in_context(key_, reason, step::execute));
            });
  }

  void finish(uint64_t id, caf::expected<reply> result) {
    if (jobs_.finish(id, std::move(result)))
      after_work();
  }

  /// A request has come to its end.
  void after_work() {
    run_queued();
    if (jobs_.running())
      return;
    handle(event::drained);
    if (phase_ == phase::open) {
      times_.idle_since = alarm_.now();
      look_after();
    }
  }

  /// Asks the peer whether it is still there.
  void probe() {
    probe_due_.set(alarm_.after({}, how().probe_timeout));
    auto mine = std::weak_ptr{session_};
    compat::request(self_, session_->transport(), caf::infinite, probe_atom_v)
      .then(
        [this, mine] {
          if (mine.lock() != session_ || !probe_due_)
            return;
          probe_due_.cancel();
          times_.idle_since = alarm_.now();
          run_queued();
          look_after();
        },
        [this, mine](const caf::error& reason) {
          if (mine.lock() == session_ && probe_due_ && !tells_of_an_end(reason))
            lose_unresponsive(describe(reason));
        });
  }

  void lose_unresponsive(std::string cause) {
    on_loss(failed(errc::connection_lost, step::session, std::move(cause)));
  }

  // -- the end of a session ---------------------------------------------------

  void on_loss(const caf::error& reason) {
    auto now = alarm_.now();
    if (phase_ == phase::open) {
      count(connection_event::lost);
      tell(happening::lost, reason, now - times_.opened_at);
      auto rebooting = now < reboot_until_;
      if (now - times_.opened_at >= how().stable_after)
        strikes_ = 0;
      auto wait = delay(how(), strikes_++, draw());
      not_before_ = now + (rebooting ? std::min(wait, reboot_poll) : wait);
      retries_left_ = how().open_retries;
      reopen_ = held_ == hold::none && (how().keep_open || rebooting);
    }
    handle(event::lost, reason);
  }

  void drop_session(const caf::error& reason) {
    leave_session();
    if (reason)
      last_error_ = reason;
    jobs_.fail_running(reason ? reason
                              : failed(errc::connection_lost, step::session));
  }

  void evict(const caf::error& reason) {
    count(connection_event::evicted);
    tell(happening::evicted, reason, alarm_.now() - times_.opened_at);
    handle(event::retire);
  }

  /// Sets the deadline for closing, if there is none yet.
  void limit_closing() {
    if (!closing_due_)
      closing_due_.set(alarm_.after({}, how().close_timeout));
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
    times_.idle_since.reset();
    closing_due_.cancel();
    probe_due_.cancel();
    attempt_due_.cancel();
  }

  /// Goes on with a drain, if there is one, as far as it has come.
  void drain_further() {
    if (held_ != hold::draining || jobs_.waiting() || jobs_.running())
      return;
    if (phase_ == phase::open) {
      handle(event::retire);
    } else if (phase_ == phase::idle && !drainers_.empty()) {
      tell(happening::drained);
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
    target_.reset();
    // Counted and removed before anybody is told.
    count(connection_event::closed);
    tell(happening::closed);
    tell_supervisor(closed_atom_v);
    auto reason = failed(errc::closed, step::close);
    jobs_.fail_waiting(reason);
    jobs_.fail_running(reason);
    answer_drainers();
    auto first = true;
    for (auto& promise : std::exchange(closers_, {}))
      promise.deliver(std::exchange(first, false));
    alarm_.clear();
    context_ = {};
  }

  // -- time -------------------------------------------------------------------

  void on_due(uint64_t id) {
    if (closing_due_.takes(id)) {
      handle(event::expired,
             failed(errc::connection_lost, step::close,
                    "its work had not ended by the time for closing"));
    } else if (backoff_due_.takes(id)) {
      handle(event::due);
    } else if (probe_due_.takes(id)) {
      lose_unresponsive("the peer has not answered a probe");
    } else if (attempt_due_.takes(id)) {
      on_attempt_due();
    } else if (upkeep_due_.takes(id)) {
      look_after();
    } else {
      on_patience_over(id);
    }
  }

  /// A session that is opened for nobody in particular takes too long.
  void on_attempt_due() {
    if (phase_ != phase::opening || jobs_.waiting())
      return;
    auto reason = failed(errc::timeout, step::open);
    on_end(reason);
  }

  void on_patience_over(uint64_t id) {
    auto late = failed(errc::timeout, step::open, why_not_open());
    switch (jobs_.expire(id, late, failed(errc::timeout, step::execute))) {
      case workload::whose::opener:
      case workload::whose::queued:
        give_up_hung_attempt();
        drain_further();
        break;
      case workload::whose::running:
        after_work();
        break;
      case workload::whose::nobody:
        break;
    }
  }

  /// Returns for a caller whose time is over what it has waited for.
  std::string why_not_open() const {
    if (held_ == hold::paused)
      return "paused by an operator";
    if (phase_ == phase::open)
      return probe_due_ ? "the session is being probed"
                        : "other requests run on the session";
    if (phase_ == phase::opening && session_
        && session_->now() == session::stage::admission)
      return "waited for its turn to open";
    if (phase_ == phase::backoff && last_error_)
      return "last attempt: " + std::string{sentence(code_of(last_error_))};
    return {};
  }

  void expect_long_wait() {
    if (how().long_wait.count() > 0)
      upkeep_due_.set_by(alarm_.now() + how().long_wait);
  }

  /// Does what is due: evicts the session, reports what takes long.
  void look_after() {
    auto now = alarm_.now();
    auto who = [this](const workload::entry& x) {
      return failed(errc::none, step::none, "asked by " + to_string(x.caller));
    };
    jobs_.report_long(
      now, how().long_hold,
      [&](auto& x) { tell(happening::long_hold, who(x), now - x.since); },
      how().long_wait,
      [&](auto& x) { tell(happening::long_wait, who(x), now - x.since); });
    auto next = jobs_.next_report(how().long_hold, how().long_wait);
    if (out_of_use()) {
      auto verdict = tieline::evict(how(), times_, now);
      if (verdict.what != eviction::keep) {
        auto idle = verdict.what == eviction::evict_idle;
        // Whoever keeps it open gets a fresh one.
        reopen_ = how().keep_open && held_ == hold::none;
        evict(failed(errc::none, step::session,
                     idle ? "out of use for long" : "up for long"));
        return;
      }
      next = std::min(next, verdict.look_again);
    }
    if (next != time_point::max())
      upkeep_due_.set_by(next);
  }

  // -- to be seen -------------------------------------------------------------

  caf::result<explanation> explain() {
    explanation result;
    result.status = status();
    result.what = waits();
    auto now = alarm_.now();
    if (backoff_due_)
      result.next_attempt_in
        = std::max<caf::timespan>(backoff_due_.when() - now, caf::timespan{0});
    if (phase_ == phase::open)
      result.session_age = now - times_.opened_at;
    result.idle = idle();
    result.running = jobs_.list_running(now);
    result.queued = jobs_.list_queued(now);
    if (!target_)
      return result;
    auto promise
      = self_
          ->make_response_promise<caf::typed_response_promise<explanation>>();
    auto pass = session_ ? session_->pass() : target_->make_ticket(key_);
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
           && session_->now() == session::stage::admission;
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
        return session_->now() == session::stage::creation
                 ? waits_for::factory
                 : waits_for::transport;
      case phase::open:
        if (probe_due_)
          return waits_for::probe;
        return jobs_.queued() > 0 ? waits_for::running_requests
                                  : waits_for::nothing;
      case phase::draining:
      case phase::closing:
        return waits_for::closing;
      default:
        return waits_for::nothing;
    }
  }

  void tell(happening what, const caf::error& reason = {},
            caf::timespan span = caf::timespan{0}) {
    lifecycle_event x;
    x.key = key_;
    x.what = what;
    x.reason = reason;
    x.span = span;
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

  void watch_caller(const caf::strong_actor_ptr& caller) {
    compat::monitor(self_, caf::actor_cast<caf::actor>(caller),
                    [this, addr = caf::actor_cast<caf::actor_addr>(caller)](
                      const caf::error&) {
                      jobs_.drop(addr);
                      give_up_hung_attempt();
                      drain_further();
                    });
  }

  const policy& how() const {
    return target_ ? target_->how : context_.defaults;
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
  std::optional<target> target_;
  uint64_t epoch_ = 0;
  /// The session or attempt.
  std::shared_ptr<session> session_;
  uint64_t last_ticket_ = 0;
  /// A transport that waits for the first open.
  owned<transport_actor> spare_;
  session_times times_;

  // Opening and opening again.
  uint64_t attempts_ = 0;
  caf::error last_error_;
  /// The params were good once.
  bool reopenable_ = false;
  /// The params were refused; trying them again is no use.
  bool terminal_ = false;
  /// A session is wanted, though nobody waits for it.
  bool reopen_ = false;
  /// What is to follow the last failure: another attempt for those who wait,
  /// and one for `reopen_`.
  bool retry_ = false;
  bool persist_ = false;
  uint64_t retries_left_ = 0;
  /// What went wrong in a row.
  uint64_t strikes_ = 0;
  time_point not_before_ = time_point::min();
  time_point reboot_until_ = time_point::min();
  time_point asked_at_;
  time_point began_at_;
  /// Who has a smaller id waited already when the attempt began; zero: it
  /// waits for its turn.
  uint64_t attempt_began_ = 0;
  /// One of the attempts for those who wait has begun.
  bool turn_has_come_ = false;

  alarm alarm_;
  workload jobs_;
  std::vector<close_promise> closers_;
  std::vector<done_promise> drainers_;
  appointment closing_due_{alarm_};
  appointment backoff_due_{alarm_};
  appointment probe_due_{alarm_};
  appointment attempt_due_{alarm_};
  appointment upkeep_due_{alarm_};
};

} // namespace

full_connection_actor
spawn_connection(caf::actor_system& sys, connection_key key,
                 transport_actor first, connection_context context) {
  using impl = full_connection_actor::stateful_impl<connection_core>;
  return sys.spawn<impl>(std::move(key), std::move(first), std::move(context));
}

} // namespace tieline
