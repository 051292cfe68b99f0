#include "tieline/actors/connection.hpp"

#include "tieline/actors/alarm.hpp"
#include "tieline/actors/lifecycle.hpp"
#include "tieline/actors/owned.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tieline {

namespace {

/// Returns whether an error is CAF's way to say that the actor asked has ended.
bool tells_of_an_end(const caf::error& reason) {
  return reason == caf::sec::request_receiver_down
         || reason == caf::sec::broken_promise
         || reason == caf::sec::remote_lookup_failed;
}

/// Returns whether trying again with the same params is no use, and may do harm
/// (lock an account).
bool is_terminal(errc code) {
  switch (code) {
    case errc::auth_failed:
    case errc::host_key_changed:
    case errc::host_key_unknown:
    case errc::invalid_params:
    case errc::secret_withheld:
      return true;
    default:
      return false;
  }
}

class connection_core {
public:
  static inline const char* name = "tieline.connection";

  connection_core(connection_actor::pointer self, connection_key key,
                  transport_actor first, connection_context context)
    : self_(self),
      key_(std::move(key)),
      context_(std::move(context)),
      alarm_(self->system(), self->ctrl(), context_.timer,
             [this](uint64_t id) { on_due(id); }) {
    compat::monitor(self_, first, [this](const caf::error&) {
      // Useless before it was used, or no longer spare.
      spare_.release();
    });
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
      [this](status_atom) { return status(); },
      [](explain_atom) { return explanation{}; },
      [](operate_atom, operation, caf::timespan) {});
  }

private:
  using time_point = alarm::time_point;
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
    reopenable_ = reopenable_ && same;
    params_ = std::move(params);
    auto promise = self_->make_response_promise<open_promise>();
    auto deadline = alarm_.after(timeout, context_.config.open_timeout);
    openers_.emplace(alarm_.add(deadline), opener{promise, deadline});
    enter(to);
    return promise;
  }

  caf::result<reply> execute(request what) {
    auto to = decide(phase_, event::execute, given());
    if (to.act == action::refuse_closed)
      return failed(errc::closed, step::execute);
    if (to.act == action::refuse_not_open)
      return last_error_ ? last_error_ : failed(errc::not_open, step::execute);
    auto promise = self_->make_response_promise<reply_promise>();
    auto deadline = alarm_.after(what.timeout, context_.config.execute_timeout);
    if (what.output_limit == 0)
      what.output_limit = context_.config.output_limit;
    queued_.emplace(alarm_.add(deadline),
                    work{promise, deadline, std::move(what)});
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
    if (phase_ != phase::closing && to.next == phase::closing) {
      tell_supervisor(closing_atom_v);
      fail_waiting(failed(errc::closed, step::close));
    }
    enter(to);
    return promise;
  }

  connection_status status() const {
    return {key_,
            state_of(phase_),
            since_,
            hold::none,
            0,
            attempts_,
            last_error_,
            openers_.size(),
            queued_.size(),
            in_flight_.size()};
  }

  // -- the life cycle ---------------------------------------------------------

  circumstances given() const {
    return {!in_flight_.empty(), !openers_.empty() || !queued_.empty(),
            params_ && reopenable_};
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
        fail_attempt(reason);
        break;
      case action::drop_session:
        drop_session(reason);
        break;
      case action::replace_session:
        drop_session(reason);
        start_attempt();
        break;
      case action::drain_session:
        limit_closing();
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
  }

  void start_attempt() {
    leave_session();
    ++attempts_;
    attempt_began_ = alarm_.next_id();
    if (spare_) {
      begin_open(std::move(spare_));
      return;
    }
    auto supervisor = caf::actor_cast<supervisor_actor>(context_.supervisor);
    if (!supervisor) {
      handle(event::failed,
             failed(errc::closed, step::create, "its manager has ended"));
      return;
    }
    compat::request(self_, supervisor, caf::infinite, make_atom_v, key_)
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
    compat::monitor(self_, transport_.get(),
                    [this, id](const caf::error& reason) {
                      if (id == session_id_)
                        on_down(reason);
                    });
    compat::request(self_, transport_.get(), caf::infinite, caf::open_atom_v,
                    *params_)
      .then(
        [this, id](const session_traits&) {
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
    reopenable_ = true;
    count(connection_event::opened);
    for (auto& [id, who] : std::exchange(openers_, {})) {
      alarm_.remove(who.deadline, id);
      who.promise.deliver();
    }
    run_queued();
  }

  void run_queued() {
    for (auto& [id, job] : std::exchange(queued_, {})) {
      auto what = std::move(job.what);
      // Zero would mean no limit.
      what.timeout = std::max<caf::timespan>(job.deadline - alarm_.now(),
                                             caf::timespan{1});
      in_flight_.emplace(id, std::move(job));
      compat::request(self_, transport_.get(), caf::infinite, execute_atom_v,
                      std::move(what))
        .then([this, id = id](reply& result) { finish(id, std::move(result)); },
              [this, id = id](caf::error& reason) {
                // The end itself follows, and tells why.
                if (!tells_of_an_end(reason))
                  finish(id, in_context(std::move(reason), step::execute));
              });
    }
  }

  void finish(uint64_t id, caf::expected<reply> result) {
    auto i = in_flight_.find(id);
    if (i == in_flight_.end())
      return;
    alarm_.remove(i->second.deadline, id);
    i->second.promise.deliver(std::move(result));
    in_flight_.erase(i);
    if (in_flight_.empty())
      handle(event::drained);
  }

  void fail_attempt(const caf::error& reason) {
    leave_session();
    note_failure(reason);
    fail_waiting(reason);
  }

  void note_failure(const caf::error& reason) {
    count(connection_event::open_failed);
    last_error_ = reason;
    if (is_terminal(code_of(reason)))
      reopenable_ = false;
  }

  /// Answers those who wait for a session.
  void fail_waiting(const caf::error& reason) {
    for (auto& [id, who] : std::exchange(openers_, {})) {
      alarm_.remove(who.deadline, id);
      who.promise.deliver(reason);
    }
    fail(std::exchange(queued_, {}), reason);
  }

  void fail(std::map<uint64_t, work> jobs, const caf::error& reason) {
    for (auto& [id, job] : jobs) {
      alarm_.remove(job.deadline, id);
      job.promise.deliver(reason);
    }
  }

  void drop_session(const caf::error& reason) {
    leave_session();
    if (reason)
      last_error_ = reason;
    fail(std::exchange(in_flight_, {}), reason);
  }

  /// Sets the deadline for closing, if there is none yet.
  void limit_closing() {
    if (closing_due_)
      return;
    auto when = alarm_.after({}, context_.config.close_timeout);
    closing_due_ = {when, alarm_.add(when)};
  }

  /// Asks the session to end; by the deadline it is dropped anyway.
  void retire_session() {
    limit_closing();
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
    if (closing_due_)
      alarm_.remove(closing_due_->first, closing_due_->second);
    closing_due_.reset();
  }

  void end() {
    leave_session();
    spare_.reset();
    params_.reset();
    // Counted and removed before anybody is told.
    count(connection_event::closed);
    tell_supervisor(closed_atom_v);
    auto reason = failed(errc::closed, step::close);
    fail_waiting(reason);
    fail(std::exchange(in_flight_, {}), reason);
    auto first = true;
    for (auto& promise : std::exchange(closers_, {}))
      promise.deliver(std::exchange(first, false));
    alarm_.clear();
    context_ = {};
  }

  void on_down(const caf::error& reason) {
    auto lost = reason.empty() ? failed(errc::connection_lost, step::session,
                                        "the transport has ended")
                               : in_context(reason, step::session);
    handle(phase_ == phase::opening ? event::failed : event::lost, lost);
  }

  // -- time -------------------------------------------------------------------

  void on_due(uint64_t id) {
    if (closing_due_ && closing_due_->second == id) {
      closing_due_.reset();
      handle(event::expired,
             failed(errc::connection_lost, step::close,
                    "its work had not ended by the time for closing"));
    } else if (auto i = openers_.find(id); i != openers_.end()) {
      i->second.promise.deliver(failed(errc::timeout, step::open));
      openers_.erase(i);
      give_up_hung_attempt();
    } else if (auto i = queued_.find(id); i != queued_.end()) {
      i->second.promise.deliver(failed(errc::timeout, step::open));
      queued_.erase(i);
      give_up_hung_attempt();
    } else if (auto i = in_flight_.find(id); i != in_flight_.end()) {
      i->second.promise.deliver(failed(errc::timeout, step::execute));
      in_flight_.erase(i);
      if (in_flight_.empty())
        handle(event::drained);
    }
  }

  /// Ends an attempt when the last of those has left who waited as it began.
  /// Without that, callers who keep coming would keep a hung one alive.
  void give_up_hung_attempt() {
    auto waits_since_then = [this](const auto& waiting) {
      return !waiting.empty() && waiting.begin()->first < attempt_began_;
    };
    if (phase_ != phase::opening || waits_since_then(openers_)
        || waits_since_then(queued_))
      return;
    note_failure(failed(errc::timeout, step::open));
    handle(event::expired);
  }

  // -- helpers ----------------------------------------------------------------

  template <class Atom>
  void tell_supervisor(Atom what) {
    if (auto supervisor
        = caf::actor_cast<supervisor_actor>(context_.supervisor))
      compat::send(self_, supervisor, what, key_);
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
      if (reason.category()
            != caf::type_id_v<caf::exit_reason> && !tells_of_an_end(reason))
        code = errc::transport_failed;
      else
        code = at == step::create ? errc::factory_failed
                                  : errc::connection_lost;
      return failed(code, at, to_string(reason));
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
  /// Who has a smaller id waited already when the attempt began.
  uint64_t attempt_began_ = 0;
  bool reopenable_ = false;
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

  /// The deadline for closing the session, and its id.
  std::optional<std::pair<time_point, uint64_t>> closing_due_;
  alarm alarm_;
};

} // namespace

connection_actor spawn_connection(caf::actor_system& sys, connection_key key,
                                  transport_actor first,
                                  connection_context context) {
  using impl = connection_actor::stateful_impl<connection_core>;
  return sys.spawn<impl>(std::move(key), std::move(first), std::move(context));
}

} // namespace tieline
