#include "tieline/actors/connection.hpp"

#include "tieline/actors/deadlines.hpp"
#include "tieline/actors/lifecycle.hpp"
#include "tieline/actors/owned.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace tieline {

namespace {

/// Returns whether an error is CAF's way to say that the actor asked has ended.
bool tells_of_an_end(const caf::error& reason) {
  constexpr auto exit_reasons = caf::type_id_v<caf::exit_reason>;
  constexpr auto system_errors = caf::type_id_v<caf::sec>;
  return reason.empty() || reason.category() == exit_reasons
         || reason.category() == system_errors;
}

class connection_state_impl {
public:
  static inline const char* name = "tieline.connection";

  connection_state_impl(connection_actor::pointer self, connection_key key,
                        transport_actor first, connection_context context)
    : self_(self),
      key_(std::move(key)),
      context_(std::move(context)) {
    watch(first, 0);
    spare_ = owned{std::move(first)};
  }

  connection_actor::behavior_type make_behavior() {
    return compat::trap_exit<connection_actor::behavior_type>(
      self_,
      [this](const caf::error& reason) {
        if (phase_ != phase::ended)
          enter({phase::ended, action::end});
        self_->quit(reason);
      },
      [this](caf::open_atom, connection_params& params, caf::timespan timeout) {
        return open(std::move(params), timeout);
      },
      [this](execute_atom, request& what) { return execute(std::move(what)); },
      [this](caf::close_atom) { return close(); },
      [this](status_atom) { return status(); });
  }

private:
  using time_point = deadlines::time_point;
  using open_promise = caf::typed_response_promise<void>;
  using reply_promise = caf::typed_response_promise<reply>;
  using close_promise = caf::typed_response_promise<bool>;

  struct opener {
    open_promise promise;
    time_point deadline;
  };

  struct work {
    reply_promise promise;
    time_point deadline;
    request what;
  };

  // -- requests ---------------------------------------------------------------

  caf::result<void> open(connection_params params, caf::timespan timeout) {
    auto same = params_ && *params_ == params;
    auto to = decide(phase_, same ? event::open_same : event::open_other,
                     given());
    if (to.act == action::answer)
      return caf::unit;
    if (to.act == action::refuse_closed)
      return failed(errc::closed, step::open);
    params_ = std::move(params);
    auto promise = self_->make_response_promise<open_promise>();
    auto deadline = deadline_in(timeout, context_.config.open_timeout);
    openers_.emplace(expect_by(deadline), opener{promise, deadline});
    enter(to);
    return promise;
  }

  caf::result<reply> execute(request what) {
    auto to = decide(phase_, event::execute, given());
    if (to.act == action::refuse_closed)
      return failed(errc::closed, step::execute);
    if (to.act == action::refuse_not_open)
      return failed(errc::not_open, step::execute);
    auto promise = self_->make_response_promise<reply_promise>();
    auto deadline = deadline_in(what.timeout, context_.config.execute_timeout);
    if (what.output_limit == 0)
      what.output_limit = context_.config.output_limit;
    auto id = expect_by(deadline);
    queued_.emplace(id, work{promise, deadline, std::move(what)});
    if (to.act == action::run)
      run_queued();
    else
      enter(to);
    return promise;
  }

  caf::result<bool> close() {
    auto to = decide(phase_, event::close, given());
    if (to.act == action::answer)
      return false;
    auto promise = self_->make_response_promise<close_promise>();
    closers_.push_back(promise);
    if (close_deadline_ == time_point{})
      close_deadline_ = deadline_in({}, context_.config.close_timeout);
    if (phase_ != phase::closing && to.next == phase::closing)
      fail_waiting(failed(errc::closed, step::close));
    enter(to);
    return promise;
  }

  connection_status status() const {
    return {key_,        state_of(phase_), since_,         attempts_,
            last_error_, openers_.size(),  queued_.size(), in_flight_.size()};
  }

  // -- the life cycle ---------------------------------------------------------

  circumstances given() const {
    return {!in_flight_.empty(), !openers_.empty() || !queued_.empty(),
            params_.has_value()};
  }

  void handle(event what, caf::error reason = {}) {
    enter(decide(phase_, what, given()), std::move(reason));
  }

  void enter(transition to, caf::error reason = {}) {
    if (state_of(phase_) != state_of(to.next))
      since_ = caf::make_timestamp();
    phase_ = to.next;
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
      case action::fail_waiting:
        leave_session();
        count(connection_event::open_failed);
        last_error_ = reason;
        fail_waiting(reason);
        break;
      case action::drop_session:
        drop_session(reason);
        break;
      case action::replace_session:
        drop_session(reason);
        start_attempt();
        break;
      case action::retire_session:
        retire_session();
        break;
      case action::end:
        end();
        break;
      default:
        break;
    }
    arm_timer();
  }

  void start_attempt() {
    leave_session();
    ++attempts_;
    if (spare_) {
      begin_open(std::move(spare_));
      return;
    }
    auto registry = caf::actor_cast<registry_actor>(context_.registry);
    if (!registry) {
      handle(event::failed,
             failed(errc::closed, step::create, "its manager has ended"));
      return;
    }
    compat::request(self_, registry, caf::infinite, make_atom_v, key_)
      .then(
        [this, id = session_id_](std::optional<transport_actor>& made) {
          // An attempt that is over lets go of what comes too late.
          owned<transport_actor> fresh{made ? std::move(*made)
                                            : transport_actor{}};
          if (id != session_id_)
            return;
          if (fresh)
            begin_open(std::move(fresh));
          else
            handle(event::failed, failed(errc::factory_not_set, step::create,
                                         "no factory for the plugin any more"));
        },
        [this, id = session_id_](caf::error& reason) {
          if (id == session_id_)
            handle(event::failed, in_context(std::move(reason), step::create));
        });
  }

  void begin_open(owned<transport_actor> fresh) {
    transport_ = std::move(fresh);
    auto id = session_id_;
    watch(transport_.get(), id);
    compat::request(self_, transport_.get(), caf::infinite, caf::open_atom_v,
                    *params_)
      .then(
        [this, id] {
          if (id == session_id_)
            handle(event::succeeded);
        },
        [this, id](caf::error& reason) {
          if (id == session_id_)
            handle(event::failed, in_context(std::move(reason), step::open));
        });
  }

  void serve() {
    last_error_ = {};
    count(connection_event::opened);
    for (auto& [id, who] : std::exchange(openers_, {})) {
      pending_.remove(who.deadline, id);
      who.promise.deliver();
    }
    run_queued();
  }

  void run_queued() {
    for (auto& [id, job] : std::exchange(queued_, {})) {
      auto what = std::move(job.what);
      // Zero would mean no limit.
      what.timeout = std::max<caf::timespan>(
        job.deadline - self_->clock().now(), caf::timespan{1});
      in_flight_.emplace(id, std::move(job));
      compat::request(self_, transport_.get(), caf::infinite, execute_atom_v,
                      std::move(what))
        .then([this, id = id](reply& result) { finish(id, std::move(result)); },
              [this, id = id](caf::error& reason) {
                finish(id, in_context(std::move(reason), step::execute));
              });
    }
    arm_timer();
  }

  void finish(uint64_t id, caf::expected<reply> result) {
    auto i = in_flight_.find(id);
    if (i == in_flight_.end())
      return;
    pending_.remove(i->second.deadline, id);
    i->second.promise.deliver(std::move(result));
    in_flight_.erase(i);
    if (in_flight_.empty())
      handle(event::drained);
  }

  /// Answers those who wait for a session.
  void fail_waiting(const caf::error& reason) {
    for (auto& [id, who] : std::exchange(openers_, {})) {
      pending_.remove(who.deadline, id);
      who.promise.deliver(reason);
    }
    fail(std::exchange(queued_, {}), reason);
  }

  void fail(std::map<uint64_t, work> jobs, const caf::error& reason) {
    for (auto& [id, job] : jobs) {
      pending_.remove(job.deadline, id);
      job.promise.deliver(reason);
    }
  }

  void drop_session(const caf::error& reason) {
    leave_session();
    if (reason)
      last_error_ = reason;
    fail(std::exchange(in_flight_, {}), reason);
  }

  /// Asks the session to end; by the deadline it is dropped anyway.
  void retire_session() {
    if (close_deadline_ == time_point{})
      close_deadline_ = deadline_in({}, context_.config.close_timeout);
    auto retired = [this, id = session_id_] {
      if (id == session_id_)
        handle(event::retired);
    };
    compat::request(self_, transport_.get(), caf::infinite, caf::close_atom_v)
      .then(retired, [retired](const caf::error&) { retired(); });
  }

  /// Forgets the session or attempt; whatever it still says is stale.
  void leave_session() {
    ++session_id_;
    transport_.reset();
    if (phase_ != phase::closing)
      close_deadline_ = {};
  }

  void end() {
    leave_session();
    spare_.reset();
    params_.reset();
    auto reason = failed(errc::closed, step::close);
    fail_waiting(reason);
    fail(std::exchange(in_flight_, {}), reason);
    // Counted and removed before anybody is told.
    count(connection_event::closed);
    if (auto registry = caf::actor_cast<registry_actor>(context_.registry))
      compat::send(self_, registry, closed_atom_v, key_);
    auto first = true;
    for (auto& promise : std::exchange(closers_, {}))
      promise.deliver(std::exchange(first, false));
    context_ = {};
  }

  // -- time -------------------------------------------------------------------

  time_point deadline_in(caf::timespan asked, caf::timespan otherwise) const {
    return self_->clock().now() + (asked.count() > 0 ? asked : otherwise);
  }

  uint64_t expect_by(time_point deadline) {
    pending_.add(deadline, ++last_id_);
    return last_id_;
  }

  void arm_timer() {
    auto next = pending_.next().value_or(time_point::max());
    if (close_deadline_ != time_point{})
      next = std::min(next, close_deadline_);
    // A timer that is armed for an earlier time will look again then.
    if (next >= armed_ || !context_.timer)
      return;
    armed_ = next;
    compat::send(self_, context_.timer, arm_atom_v, next.time_since_epoch(),
                 caf::make_action([this, next] { on_timer(next); }));
  }

  void on_timer(time_point armed_for) {
    if (armed_for != armed_)
      return; // superseded by an earlier one
    armed_ = time_point::max();
    auto now = self_->clock().now();
    auto was_busy = !in_flight_.empty();
    while (auto id = pending_.expired(now))
      expire(*id);
    if (close_deadline_ != time_point{} && close_deadline_ <= now)
      handle(event::expired);
    if (phase_ == phase::opening && !given().wanted)
      handle(event::abandoned);
    if (was_busy && in_flight_.empty())
      handle(event::drained);
    arm_timer();
  }

  void expire(uint64_t id) {
    if (auto i = openers_.find(id); i != openers_.end()) {
      i->second.promise.deliver(failed(errc::timeout, step::open));
      openers_.erase(i);
    } else if (auto i = queued_.find(id); i != queued_.end()) {
      i->second.promise.deliver(failed(errc::timeout, step::open));
      queued_.erase(i);
    } else if (auto i = in_flight_.find(id); i != in_flight_.end()) {
      i->second.promise.deliver(failed(errc::timeout, step::execute));
      in_flight_.erase(i);
    }
  }

  // -- helpers ----------------------------------------------------------------

  void watch(const transport_actor& transport, uint64_t id) {
    compat::monitor(self_, transport, [this, id](const caf::error& reason) {
      if (id == 0)
        spare_.release();
      else if (id == session_id_)
        on_down(reason);
    });
  }

  void on_down(const caf::error& reason) {
    auto lost = in_context(reason, step::session);
    handle(phase_ == phase::opening ? event::failed : event::lost, lost);
  }

  void count(connection_event what) {
    compat::send(self_, context_.stats, count_atom_v, what, key_.plugin_name);
  }

  caf::error failed(errc code, step at, std::string cause = {}) const {
    return make_error(code, {key_, at, std::move(cause)});
  }

  /// Returns an error of tieline with our key, whatever the plugin gave.
  caf::error in_context(caf::error reason, step at) const {
    auto code = code_of(reason);
    if (code == errc::none) {
      if (!tells_of_an_end(reason))
        code = errc::transport_failed;
      else
        code = at == step::create ? errc::factory_failed
                                  : errc::connection_lost;
      return failed(code, at,
                    reason ? to_string(reason) : "the transport ended");
    }
    auto context = failure_of(reason);
    context.key = key_;
    if (context.at == step::none)
      context.at = at;
    return make_error(code, std::move(context));
  }

  connection_actor::pointer self_;
  connection_key key_;
  connection_context context_;

  phase phase_ = phase::idle;
  caf::timestamp since_ = caf::make_timestamp();
  uint64_t attempts_ = 0;
  caf::error last_error_;

  /// What the session or attempt was opened with; none before the first open.
  std::optional<connection_params> params_;
  /// The transport of the session or attempt.
  owned<transport_actor> transport_;
  /// Numbers sessions and attempts, to tell what is stale.
  uint64_t session_id_ = 0;
  /// A transport that waits for the first open.
  owned<transport_actor> spare_;

  // Everybody who waits, in order of arrival.
  std::map<uint64_t, opener> openers_;
  std::map<uint64_t, work> queued_;
  std::map<uint64_t, work> in_flight_;
  std::vector<close_promise> closers_;

  uint64_t last_id_ = 0;
  deadlines pending_;
  time_point close_deadline_{};
  time_point armed_ = time_point::max();
};

} // namespace

connection_actor spawn_connection(caf::actor_system& sys, connection_key key,
                                  transport_actor first,
                                  connection_context context) {
  using impl = connection_actor::stateful_impl<connection_state_impl>;
  return sys.spawn<impl>(std::move(key), std::move(first), std::move(context));
}

} // namespace tieline
