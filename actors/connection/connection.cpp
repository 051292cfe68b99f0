#include "tieline/actors/connection/connection.hpp"

#include "tieline/actors/connection/attempt_failure.hpp"
#include "tieline/actors/connection/attempts.hpp"
#include "tieline/actors/connection/description.hpp"
#include "tieline/actors/connection/dispatcher.hpp"
#include "tieline/actors/connection/explainer.hpp"
#include "tieline/actors/connection/holds.hpp"
#include "tieline/actors/connection/jump_host.hpp"
#include "tieline/actors/connection/lifecycle.hpp"
#include "tieline/actors/connection/pending_requests.hpp"
#include "tieline/actors/connection/reporter.hpp"
#include "tieline/actors/connection/resolved_params.hpp"
#include "tieline/actors/connection/session_lease.hpp"
#include "tieline/actors/runtime/caller_monitor.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/supervisor.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/options/canonical_params.hpp"
#include "tieline/messages/support/jitter.hpp"
#include "tieline/messages/support/readable.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
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
      holds_(context_.held),
      report_(self, key_, context_.events, context_.stats),
      timers_(self->system(), self->ctrl(), context_.timer),
      pending_(timers_, pending_callbacks()),
      attempts_(self, context_, timers_, pending_, report_,
                attempts_callbacks()),
      dispatcher_(self, key_, timers_, pending_, dispatcher_callbacks()),
      jump_host_(self, key_, context_.callers, jump_host_callbacks()) {
    dispatcher_.pause(holds_.paused());
    attempts_.expect_first(std::move(first));
  }

  connection_core(const connection_core&) = delete;

  connection_core& operator=(const connection_core&) = delete;

  /// One that is killed answers what it holds nevertheless: CAF would do so
  /// with an error of its own.
  ~connection_core() {
    // Without handles there is nobody to answer, nor who could.
    auto here = caf::weak_actor_ptr{self_->ctrl()}.lock();
    killed_ = true;
    if (here && std::exchange(phase_, phase::ended) != phase::ended)
      end();
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
        return open<void>(std::move(params), timeout, self_->current_sender());
      },
      [this](caf::open_atom, connection_params& params) {
        return open<void>(std::move(params), caf::timespan{0},
                          self_->current_sender());
      },
      [this](execute_atom, request& what) {
        return execute(std::move(what), self_->current_sender());
      },
      [this](cancel_atom, const std::string& tag) { return cancel(tag); },
      [this](acquire_atom, caf::timespan time) {
        return acquire(time, self_->current_sender());
      },
      [this](acquire_atom, caf::timespan time, caf::strong_actor_ptr& caller) {
        return acquire(time, std::move(caller));
      },
      [this](release_atom, uint64_t lease) { return release(lease); },
      [this](caf::close_atom) { return close(); },
      [this](status_atom) -> caf::result<connection_status> {
        if (has_moved())
          return report_.failed(errc::not_owner, step::none);
        return status();
      },
      [this](explain_atom) -> caf::result<explanation> {
        if (has_moved())
          return report_.failed(errc::not_owner, step::none);
        return explain();
      },
      [this](operate_atom, operation what) {
        return operate(what, caf::timespan{0});
      },
      [this](operate_atom, operation what, caf::timespan window) {
        return operate(what, window);
      },
      [this](resolve_atom, connection_params& params, caf::timespan timeout,
             caf::strong_actor_ptr& caller) {
        return open<maybe_connection>(std::move(params), timeout,
                                      std::move(caller));
      },
      [this](caf::open_atom, connection_params& params, caf::timespan timeout,
             caf::strong_actor_ptr& caller) {
        return open<void>(std::move(params), timeout, std::move(caller));
      },
      [this](execute_atom, request& what, caf::strong_actor_ptr& caller) {
        return execute(std::move(what), std::move(caller));
      },
      [this](step what) {
        return session() ? session()->begin_step(what, self_->current_sender())
                         : caf::result<void>{caf::unit};
      },
      [this](jump_atom, std::vector<hop>& via) -> caf::result<forwarder_actor> {
        if (session())
          return session()->jump(std::move(via), self_->current_sender());
        return report_.failed(errc::canceled, step::jump);
      },
      [this](jump_atom, connection_params& params) {
        return carry(std::move(params));
      },
      [this](release_atom) {
        jump_host_.release(
          caf::actor_cast<caf::actor_addr>(self_->current_sender()));
      },
      [this](caf::forward_atom, std::string& host, uint16_t port,
             shared_stream& stream) {
        auto promise = self_->make_response_promise<done_promise>();
        jump_host_.forward(promise, std::move(host), port, std::move(stream));
        return promise;
      },
      [this](shared_traits& plugin) { context_.traits = std::move(plugin); },
      [this](idle_atom) { return tell_idle(); },
      [this](evict_atom) { return evict_for_others(); },
      [this](clear_credential_atom, const std::string& username) {
        forgive_login(username);
      },
      [this](hand_over_atom) { return hand_over(); });
  }

private:
  using time_point = timers::time_point;
  using maybe_connection = std::optional<connection_actor>;
  using close_promise = caf::typed_response_promise<bool>;
  using done_promise = caf::typed_response_promise<void>;

  // -- requests ---------------------------------------------------------------

  /// The caller by value: making a promise takes the message's sender away.
  /// @tparam Result nothing, or the connection itself
  template <class Result>
  caf::result<Result> open(connection_params params, caf::timespan timeout,
                           caf::strong_actor_ptr caller) {
    if (auto why = refusal(); why != errc::none)
      return report_.failed(why, step::open);
    // Most opens are of what is open, so nothing is taken apart to see that.
    auto same = resolved_ && resolved_->made_of(params);
    std::optional<resolved_params> wanted;
    if (!same) {
      auto made = resolved_params::make(key_, std::move(params),
                                        context_.defaults);
      if (!made)
        return made.error();
      same = resolved_
             && mean_same(resolved_->params, made->params, *context_.traits,
                          key_.plugin_name);
      wanted = std::move(*made);
    }
    if (same && plan().terminal()) {
      if (!may_do_better())
        return attempts_.last_error();
      plan().pardon();
    }
    auto to = decide(phase_, same ? event::open_same : event::open_other,
                     given());
    // What concerns the connection only holds at once.
    if (wanted)
      resolved_ = std::move(wanted);
    if (to.act == action::answer) {
      look_after_idle();
      if constexpr (std::is_void_v<Result>)
        return caf::unit;
      else
        return maybe_connection{connection_actor{self_}};
    }
    if (!same)
      begin_epoch();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<Result>>();
    auto answer = [this, promise](const caf::error& reason) mutable {
      if (reason)
        promise.deliver(reason);
      else if constexpr (std::is_void_v<Result>)
        promise.deliver();
      else
        promise.deliver(maybe_connection{connection_actor{self_}});
    };
    await_session(to, same, std::move(answer), timeout, caller);
    return promise;
  }

  /// @param same whether it is opened with the params of before
  void await_session(transition to, bool same,
                     pending_requests::open_answer then, caf::timespan timeout,
                     const caf::strong_actor_ptr& caller) {
    if (same
        && (phase_ == phase::idle
            || (phase_ == phase::backoff && !plan().retrying())))
      plan().asked(policy());
    pending_.add(std::move(then), attempts_.patience(timeout), caller);
    dispatcher_.expect_long_wait();
    enter(to);
  }

  caf::result<reply> execute(request what, caf::strong_actor_ptr caller) {
    if (auto why = refusal(); why != errc::none)
      return report_.failed(why, step::execute);
    if (what.lease != 0 && what.lease != pending_.lease())
      return report_.failed(errc::lease_ended, step::execute);
    const auto& last_error = attempts_.last_error();
    auto to = decide(phase_, event::execute, given());
    if (to.act == action::refuse_not_open)
      return why_not_opened();
    if (pending_.queued() >= policy().queue_limit)
      return overloaded();
    overloaded_ = false;
    auto asked = what.timeout.count() > 0;
    auto until = timers_.after(what.timeout, policy().acquire_timeout);
    // Nobody is kept waiting for an attempt that comes too late.
    if (to.next == phase::backoff && last_error && plan().not_before() >= until)
      return too_late_for_next(last_error);
    if (what.output_limit == 0 && !what.sink)
      what.output_limit = policy().output_limit;
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<reply>>();
    auto number = pending_.add(promise, std::move(what), {until, !asked},
                               caller);
    if (phase_ == phase::idle)
      plan().needed(policy());
    enter(to);
    if (pending_.expect_wait(number, caller))
      dispatcher_.expect_long_wait();
    return promise;
  }

  caf::error why_not_opened() const {
    const auto& last_error = attempts_.last_error();
    return last_error ? last_error
                      : report_.failed(errc::not_open, step::execute);
  }

  caf::result<uint64_t> acquire(caf::timespan time,
                                caf::strong_actor_ptr caller) {
    if (auto why = refusal(); why != errc::none)
      return report_.failed(why, step::execute);
    if (time.count() <= 0)
      return report_.failed(errc::invalid_request, step::execute,
                            "a lease needs a time");
    auto to = decide(phase_, event::execute, given());
    if (to.act == action::refuse_not_open)
      return why_not_opened();
    auto promise
      = self_->make_response_promise<pending_requests::lease_promise>();
    pending_.add(promise, time,
                 {timers_.after({}, policy().acquire_timeout), false}, caller);
    if (phase_ == phase::idle)
      plan().needed(policy());
    enter(to);
    dispatcher_.expect_long_wait();
    return promise;
  }

  caf::result<bool> release(uint64_t lease) {
    if (has_moved())
      return report_.failed(errc::not_owner, step::none);
    if (lease == 0 || lease != pending_.lease())
      return false;
    dispatcher_.end_lease();
    return true;
  }

  /// Returns the error for a request whose time is over before the next
  /// attempt.
  caf::error too_late_for_next(const caf::error& last) const {
    auto why = failure_of(last);
    why.key = key_;
    why.retry_after = std::max<caf::timespan>(
      plan().not_before() - timers_.now(), caf::timespan{1});
    why.cause = "the next attempt is in " + readable(why.retry_after)
                + "; the last one: " + std::string{sentence(code_of(last))}
                + (why.cause.empty() ? "" : ": " + why.cause);
    why.at = step::open;
    // What the last attempt met is no answer to this request, which made none.
    why.details = {{begun_detail, not_begun}};
    return make_error(errc::timeout, std::move(why));
  }

  caf::error overloaded() {
    auto reason = report_.failed(errc::overloaded, step::execute,
                                 std::to_string(pending_.queued())
                                   + " requests wait already");
    // Once, and not for each until there is room again.
    if (!std::exchange(overloaded_, true))
      report_.tell(event_kind::overloaded, reason);
    return reason;
  }

  caf::result<uint64_t> cancel(const std::string& tag) {
    if (has_moved())
      return report_.failed(errc::not_owner, step::none);
    // Of what has no tag, none is meant.
    if (tag.empty())
      return report_.failed(errc::invalid_request, step::none,
                            "the tag to cancel is empty");
    auto reason = canceled_by("cancel", "by its tag");
    auto count = pending_.cancel(tag, reason);
    on_gone();
    return count;
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
      pending_.fail_waiting(report_.failed(closed_as_, step::close));
    }
    enter(to);
  }

  /// Returns whether it is all over here, but not elsewhere.
  bool has_moved() const {
    return phase_ == phase::ended && closed_as_ == errc::not_owner;
  }

  errc refusal() const {
    return tieline::refusal(phase_, holds_.now(), closed_as_);
  }

  // -- as a jump host ---------------------------------------------------------

  caf::result<void> carry(connection_params params) {
    auto rider = self_->current_sender();
    jump_host_.carry(rider);
    return open<void>(std::move(params), caf::timespan{0}, std::move(rider));
  }

  jump_host::callbacks jump_host_callbacks() {
    jump_host::callbacks result;
    result.refusal = [this]() -> caf::error {
      if (auto why = refusal(); why != errc::none)
        return report_.failed(why, step::open);
      if (!resolved_)
        return report_.failed(errc::not_open, step::open);
      return phase_ != phase::open && plan().terminal() ? attempts_.last_error()
                                                        : caf::error{};
    };
    result.session = [this] {
      return phase_ == phase::open ? session() : nullptr;
    };
    result.await_session = [this](pending_requests::open_answer then) {
      await_session(decide(phase_, event::open_same, given()), true,
                    std::move(then), caf::timespan{0}, {});
    };
    result.on_riders = [this](bool any) { dispatcher_.keep(any); };
    return result;
  }

  // -- orders -----------------------------------------------------------------

  caf::result<void> operate(operation what, caf::timespan window) {
    // Orders are obeyed while it drains, or a drain could not be taken back.
    if (auto why = tieline::refusal(phase_, hold::none, closed_as_);
        why != errc::none)
      return report_.failed(why, step::none);
    switch (what) {
      case operation::pause:
        hold_at(hold::paused, event_kind::paused);
        break;
      case operation::resume:
        hold_at(hold::none, event_kind::resumed);
        if (policy().keep_open && plan().reopenable() && phase_ != phase::open)
          plan().want(true);
        handle(event::resume);
        break;
      case operation::drain:
        return drain();
      case operation::reconnect:
        reconnect();
        break;
      case operation::kill:
        if (session())
          report_.tell(event_kind::killed);
        handle(event::kill, canceled_by("kill", "dropped by an operator"));
        break;
      case operation::expect_disconnect:
        if (window.count() <= 0)
          return report_.failed(errc::invalid_request, step::none,
                                "expect_disconnect needs a time");
        plan().expect_loss(timers_.after(window, window));
        break;
      default:
        return report_.failed(errc::invalid_request, step::none,
                              "no such operation");
    }
    return caf::unit;
  }

  void hold_at(hold what, event_kind name) {
    if (!holds_.set(what))
      return;
    dispatcher_.pause(holds_.paused());
    report_.tell(name);
    // Its turn could come at any time.
    if (holds_.paused() && is_in_line())
      enter({phase::idle, action::abort_attempt});
    if (!holds_.draining())
      holds_.drained();
  }

  caf::result<void> drain() {
    auto promise = self_->make_response_promise<done_promise>();
    holds_.expect_drained([promise]() mutable { promise.deliver(); });
    plan().want(false);
    hold_at(hold::draining, event_kind::draining);
    // What a pause had held back was accepted.
    handle(event::resume);
    attempts_.give_up_hung(phase_);
    return promise;
  }

  void reconnect() {
    if (!resolved_)
      return;
    compat::send(self_, context_.admission, reset_atom_v,
                 resolved_->make_ticket(key_, *context_.traits).endpoint);
    attempts_.pardon();
    plan().asked(policy());
    if (holds_.draining() || phase_ == phase::opening)
      return;
    plan().want(true);
    reconnecting_ = true;
    handle(event::reopen);
  }

  caf::error canceled_by(const std::string& whom, std::string cause) const {
    return tieline::canceled_by(whom, key_, step::session, std::move(cause));
  }

  /// Returns the error for work that had not ended by the time for closing. It
  /// may be done again on the session of newer params, or of the next owner.
  caf::error cut_off() const {
    if (killed_)
      return make_error(errc::connection_lost,
                        {key_, step::session, "its connection was killed"});
    std::string why = "its work had not ended by the time for closing";
    if (phase_ == phase::closing || phase_ == phase::ended) {
      if (closed_as_ == errc::closed)
        return canceled_by("close", why);
    } else if (reconnecting_) {
      return canceled_by("reconnect", why);
    }
    return make_error(errc::connection_lost,
                      {key_, step::close, std::move(why)});
  }

  /// Returns whether params that were refused may mean something else by now:
  /// the credential that they name may be another, or can be read again. Its
  /// transport knows, and does not try the same login twice.
  bool may_do_better() const {
    auto code = code_of(attempts_.last_error());
    // A hop has an end of its own to that.
    if (failure_of(attempts_.last_error()).at == step::jump)
      return true;
    return resolved_->params.extras.count("credential") > 0
           && (code == errc::auth_failed || code == errc::invalid_params);
  }

  void forgive_login(const std::string& username) {
    if (resolved_ && resolved_->login() == username
        && code_of(attempts_.last_error()) == errc::auth_failed) {
      attempts_.pardon();
      if (policy().keep_open && plan().reopenable()
          && holds_.now() == hold::none && phase_ == phase::idle) {
        plan().want(true);
        handle(event::reopen);
      }
    }
  }

  caf::timespan tell_idle() {
    auto result = dispatcher_.idle();
    if (result.count() == 0)
      dispatcher_.tell_when_idle();
    return result;
  }

  bool evict_for_others() {
    if (!dispatcher_.is_idle())
      return false;
    evict("others need a session");
    return true;
  }

  // -- the life cycle ---------------------------------------------------------

  circumstances given() const {
    circumstances result;
    result.busy = pending_.busy();
    result.wanted = pending_.waiting() || plan().wanted();
    result.reopenable = resolved_ && plan().reopenable();
    result.held = holds_.paused();
    result.early = plan().early(timers_.now());
    result.retry = plan().goes_on();
    result.retrying = plan().retrying();
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
      attempts_.await_no_more();
    if (phase_ != phase::open)
      dispatcher_.end();
    if (phase_ == phase::idle)
      attempts_.rest();
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
        if (!plan().retrying())
          pending_.fail_waiting(reason);
        attempts_.await_next();
        break;
      case action::await_attempt:
        attempts_.await_next();
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
        attempts_.await_next();
        break;
      case action::drain_session:
        limit_closing();
        break;
      case action::retire_session:
        retire_session();
        break;
      case action::kill:
        plan().want(false);
        // Where there is nothing to drop, the last error is still the last.
        drop_session(session() ? reason : caf::error{});
        pending_.fail_waiting(
          report_.failed(errc::canceled, step::open, "dropped by an operator"));
        break;
      case action::end:
        end();
        break;
      default:
        break;
    }
    drain_further();
    if (phase_ != phase::open)
      jump_host_.session_ended();
  }

  // -- opening ----------------------------------------------------------------

  /// Other params than before: what was said about the old ones is void.
  void begin_epoch() {
    if (phase_ == phase::open)
      report_.tell(event_kind::rotated);
    ++epoch_;
    reconnecting_ = false;
    attempts_.params_changed();
  }

  void start_attempt() {
    leave_session();
    attempts_.start(*resolved_);
  }

  attempts::callbacks attempts_callbacks() {
    attempts::callbacks result;
    result.how = [this]() -> const tieline::policy& { return policy(); };
    result.handle = [this](event what, const caf::error& reason) {
      handle(what, reason);
    };
    result.on_reply = [this](uint64_t number, caf::expected<reply> got) {
      if (got)
        dispatcher_.answered();
      if (pending_.finish(number, std::move(got)))
        dispatcher_.go_on();
    };
    result.on_end = [this](const caf::error& reason) {
      if (phase_ == phase::opening)
        attempts_.failed(reason);
      else
        on_loss(reason);
    };
    result.timed_out = [this] { return timed_out(); };
    return result;
  }

  void serve() {
    reconnecting_ = false;
    dispatcher_.begin(attempts_.session());
    attempts_.opened();
    for (const auto& x : attempts_.session()->traits().notices)
      report_.tell(event_kind::notice, {}, caf::timespan{0}, x);
    pending_.serve_openers();
    dispatcher_.run();
    dispatcher_.look_after();
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
      plan().want(policy().keep_open && holds_.now() == hold::none);
      evict(std::move(why));
    };
    result.on_free = [this] {
      compat::send(self_, context_.admission, idle_atom_v,
                   session()->ticket().id);
    };
    result.on_long = [this](event_kind what, std::string who,
                            caf::timespan span) {
      report_.tell(what, {}, span, std::move(who));
    };
    return result;
  }

  // -- the end of a session ---------------------------------------------------

  void on_loss(const caf::error& reason) {
    if (phase_ == phase::open) {
      report_.count(connection_event::lost);
      report_.tell(event_kind::lost, reason, dispatcher_.age());
      plan().lost(dispatcher_.opened_at(), timers_.now(),
                  holds_.now() != hold::none, policy(), random01(),
                  dispatcher_.has_worked() && is_end_by_peer(reason));
    }
    handle(event::lost, reason);
  }

  void drop_session(const caf::error& reason) {
    leave_session();
    attempts_.ended(reason);
    pending_.fail_running(
      reason ? reason : report_.failed(errc::connection_lost, step::session));
  }

  void evict(std::string why) {
    report_.count(connection_event::evicted);
    report_.tell(event_kind::evicted, {}, dispatcher_.age(), std::move(why));
    handle(event::retire);
  }

  /// To be called when a session may be idle though no request has ended,
  /// or when the policy may have changed.
  void look_after_idle() {
    if (dispatcher_.is_idle())
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
    // Once: a request that was canceled may still be answered.
    if (retiring_.lock() == session())
      return;
    retiring_ = session();
    auto retired = [this, mine = std::weak_ptr{session()}] {
      if (session() && mine.lock() == session())
        handle(event::retired);
    };
    compat::request(self_, session()->transport(), caf::infinite,
                    caf::close_atom_v)
      .then(retired, [retired](const caf::error&) { retired(); });
  }

  /// Forgets the session or attempt; whatever it still says is stale.
  void leave_session() {
    attempts_.leave();
    dispatcher_.end();
    closing_due_.cancel();
  }

  /// Goes on with a drain, if there is one, as far as it has come.
  void drain_further() {
    if (!holds_.draining() || pending_.waiting() || pending_.busy())
      return;
    if (phase_ == phase::open) {
      handle(event::retire);
    } else if (phase_ == phase::idle && holds_.drain_expected()) {
      report_.tell(event_kind::drained);
      holds_.drained();
    }
  }

  void end() {
    leave_session();
    attempts_.leave_all();
    resolved_.reset();
    report_.tell(event_kind::closed);
    // It counts and removes us before anybody is told.
    tell_supervisor(closed_atom_v);
    pending_.fail_waiting(report_.failed(closed_as_, step::close));
    // Not `closed`, which says that it was not begun.
    pending_.fail_running(cut_off());
    pending_.expect_no_ends();
    holds_.drained();
    auto first = true;
    for (auto& then : std::exchange(closers_, {}))
      then(std::exchange(first, false));
    jump_host_.end();
    timers_.clear();
    report_.stop();
    context_ = {};
  }

  // -- time -------------------------------------------------------------------

  pending_requests::callbacks pending_callbacks() {
    pending_requests::callbacks result;
    result.watch_end = [this](const caf::strong_actor_ptr& caller) {
      return watch_caller(caller);
    };
    result.why_late = [this] { return timed_out(); };
    result.on_late = [this] { on_gone(); };
    result.give_up = [this](uint64_t number) {
      gave_up_ = true;
      if (session())
        session()->cancel(number);
    };
    result.on_holder_end = [this] { dispatcher_.end_lease(); };
    return result;
  }

  /// Somebody waits no more.
  void on_gone() {
    attempts_.give_up_hung(phase_);
    // A session that ends does not wait for what nobody wants.
    if (std::exchange(gave_up_, false) && !pending_.busy())
      handle(event::drained);
    drain_further();
    look_after_idle();
  }

  /// Returns the error for a caller whose time is over.
  caf::error timed_out() const {
    auto now = look();
    failure why{key_, reached(now), why_not_open(now)};
    why.retry_after = attempts_.next_in();
    return make_error(errc::timeout, std::move(why));
  }

  // -- to be seen -------------------------------------------------------------

  caf::result<explanation> explain() {
    auto seen = look();
    explanation result;
    result.what = waits(seen);
    result.status = std::move(seen.status);
    result.next_attempt_in = attempts_.next_in();
    auto now = timers_.now();
    result.session_age = dispatcher_.age();
    result.idle = dispatcher_.idle();
    result.running = pending_.list_running(now);
    result.queued = pending_.list_queued(now);
    if (!resolved_)
      return result;
    if (session())
      result.configured = session()->traits().configured;
    auto hops = session() ? session()->hops() : std::vector<connection_key>{};
    if (hops.empty())
      for (const auto& x : resolved_->params.via)
        hops.push_back(x.key);
    auto promise = self_->make_response_promise<explainer::promise>();
    std::make_shared<explainer>(self_, std::move(result), ticket(),
                                phase_ == phase::idle || is_in_line(), promise)
      ->run(std::move(hops), context_.supervisor, context_.admission);
    return promise;
  }

  /// Returns what the session holds of the admission, or the next would.
  tieline::ticket ticket() const {
    return session() ? session()->ticket()
                     : resolved_->make_ticket(key_, *context_.traits);
  }

  bool is_in_line() const {
    return phase_ == phase::opening
           && (attempts_.stage() == session_stage::admission
               || attempts_.stage() == session_stage::jump);
  }

  connection_status status() const {
    return {key_,
            state_of(phase_),
            attempts_.reached(),
            since_,
            holds_.now(),
            epoch_,
            attempts_.count(),
            attempts_.last_error(),
            pending_.openers(),
            pending_.queued(),
            pending_.in_flight(),
            context_.node};
  }

  snapshot look() const {
    return {status(), phase_, attempts_.stage(), dispatcher_.probing(),
            pending_.lease() != 0};
  }

  // -- helpers ----------------------------------------------------------------

  template <class Atom>
  void tell_supervisor(Atom what) {
    if (auto supervisor
        = caf::actor_cast<supervisor_actor>(context_.supervisor))
      compat::send(self_, supervisor, what, key_);
  }

  caller_watch watch_caller(const caf::strong_actor_ptr& caller) {
    return {self_, context_.callers, caller,
            [this, addr = caf::actor_cast<caf::actor_addr>(caller)] {
              pending_.drop(addr);
              on_gone();
            }};
  }

  const tieline::policy& policy() const {
    return resolved_ ? resolved_->how : context_.defaults;
  }

  reopening& plan() {
    return attempts_.plan();
  }

  const reopening& plan() const {
    return attempts_.plan();
  }

  const std::shared_ptr<session_lease>& session() const {
    return attempts_.session();
  }

  full_connection_actor::pointer self_;
  connection_key key_;
  connection_context context_;

  phase phase_ = phase::idle;
  holds holds_;
  caf::timestamp since_ = caf::make_timestamp();

  /// What the session or attempt was opened with; none before the first open.
  std::optional<resolved_params> resolved_;
  uint64_t epoch_ = 0;

  reporter report_;
  timers timers_;
  pending_requests pending_;
  attempts attempts_;
  dispatcher dispatcher_;
  jump_host jump_host_;
  std::vector<std::function<void(bool)>> closers_;
  /// CAF ends the actor, without asking.
  bool killed_ = false;
  /// An operator has asked for the next session.
  bool reconnecting_ = false;
  /// The session that was asked to end.
  std::weak_ptr<session_lease> retiring_;
  /// Requests that ran were canceled just now.
  bool gave_up_ = false;
  /// The queue is full, and listeners know.
  bool overloaded_ = false;
  /// What to answer since then.
  errc closed_as_ = errc::closed;
  deadline closing_due_{timers_, [this] { handle(event::expired, cut_off()); }};
};

} // namespace

full_connection_actor
spawn_connection(caf::actor_system& sys, connection_key key,
                 transport_actor first, connection_context context) {
  using impl = full_connection_actor::stateful_impl<connection_core>;
  return sys.spawn<impl>(std::move(key), std::move(first), std::move(context));
}

} // namespace tieline
