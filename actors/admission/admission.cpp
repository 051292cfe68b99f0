#include "tieline/actors/admission/admission.hpp"

#include "tieline/actors/admission/admission_metrics.hpp"
#include "tieline/actors/admission/admission_policy.hpp"
#include "tieline/actors/admission/session_holders.hpp"
#include "tieline/actors/admission/waiting_line.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/events.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace tieline {

namespace {

uint64_t session_limit(const admission_limits& limits) {
  if (limits.max_sessions > 0)
    return limits.max_sessions;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
    return std::numeric_limits<uint64_t>::max();
  return std::max<uint64_t>(files.rlim_cur / 5 * 4, 1);
}

class admission_state {
public:
  static inline const char* name = "tieline.admission";

  admission_state(admission_actor::pointer self, const admission_limits& limits,
                  timer_actor timer, events_actor events)
    : self_(self),
      events_(std::move(events)),
      max_sessions_(session_limit(limits)),
      admission_policy_(limits.credential_failures),
      line_({limits.max_opening, limits.max_opening_per_credential,
             limits.max_opening_per_jump_domain, max_sessions_,
             limits.max_dialing}),
      holders_(
        self, [this] { return unrelieved(); },
        [this](bool any_agreed) {
          if (any_agreed)
            serve();
          else
            ask_again_.set(timers_.now() + relief_interval);
        }),
      timers_(self->system(), self->ctrl(), std::move(timer)),
      metrics_(self->system()) {
    // nop
  }

  admission_actor::behavior_type make_behavior() {
    return compat::trap_exit<admission_actor::behavior_type>(
      self_, [this](const caf::error& reason) { end(reason); },
      [this](acquire_atom, ticket& what) { return acquire(std::move(what)); },
      [this](dialed_atom, uint64_t number) { return dialed(number); },
      [this](outcome_atom, uint64_t number, attempt_outcome what) {
        attempt_over(of_sender(number), what);
        serve();
      },
      [this](release_atom, uint64_t number) {
        session_over(of_sender(number));
        serve();
      },
      [this](idle_atom, uint64_t number) {
        // At the next look: it may be in use again in a moment.
        holders_.may_be_idle(of_sender(number));
      },
      [this](explain_atom, const ticket& what) { return explain(what); },
      [this](reset_atom, const std::string& endpoint) {
        tell(admission_policy_.reset(endpoint));
      },
      [this](clear_credential_atom, const std::string& username) {
        auto cleared = admission_policy_.clear(username);
        auto result = static_cast<uint64_t>(cleared.size());
        tell(std::move(cleared));
        return result;
      });
  }

private:
  struct attempt {
    ticket what;
    uint64_t probe = 0;
    caf::typed_response_promise<void> promise;
    bool begun = false;
    /// For the answer to a connected attempt that waits for its login.
    caf::typed_response_promise<void> login{};
  };

  /// How long all sessions are in use before we ask them again.
  static constexpr auto relief_interval = std::chrono::milliseconds{200};

  /// Attempts that wait, by what may have them refused together.
  template <class T>
  using index = std::set<std::pair<T, attempt_id>>;

  // -- who comes and goes -----------------------------------------------------

  caf::result<void> acquire(ticket what) {
    auto who = of_sender(what.id);
    if (who.first == 0 || attempts_.count(who) > 0 || holders_.contains(who))
      return failed(errc::invalid_request, what, "not a new attempt");
    uint64_t probe = 0;
    if (auto refusal = admission_policy_.admit(what, timers_.now(), probe))
      return counted(refusal);
    watch_sender();
    line_.join(who, what);
    by_endpoint_.emplace(what.endpoint, who);
    by_credential_.emplace(what.credential, who);
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    attempts_.emplace(who, attempt{std::move(what), probe, promise});
    serve();
    return promise;
  }

  caf::result<void> dialed(uint64_t number) {
    auto who = of_sender(number);
    auto i = attempts_.find(who);
    if (i == attempts_.end() || !i->second.begun)
      return make_error(
        errc::canceled,
        {{}, step::connect, "the attempt is over", caf::timespan{}});
    if (line_.connected(who))
      return caf::unit;
    i->second.login
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    serve();
    return i->second.login;
  }

  void begin(attempt_id who) {
    auto& x = attempts_.at(who);
    if (x.begun) {
      x.login.deliver();
      return;
    }
    x.begun = true;
    not_waiting(who, x);
    x.promise.deliver();
  }

  /// Answers one that waits with an error.
  void dismiss(attempt_id who, const caf::error& reason) {
    auto x = std::move(attempts_.extract(who).mapped());
    not_waiting(who, x);
    line_.leave(who);
    admission_policy_.learn(x.what, x.probe, attempt_outcome::abandoned,
                            timers_.now());
    x.promise.deliver(reason);
  }

  void attempt_over(attempt_id who, attempt_outcome outcome) {
    auto i = attempts_.find(who);
    if (i == attempts_.end())
      return;
    if (!i->second.begun) {
      dismiss(who, failed(errc::canceled, i->second.what));
      return;
    }
    auto x = std::move(i->second);
    attempts_.erase(i);
    if (x.login.pending())
      x.login.deliver(failed(errc::canceled, x.what));
    if (outcome == attempt_outcome::opened) {
      line_.opened(who);
      holders_.add(who, senders_.at(who.first));
    } else {
      line_.leave(who);
    }
    auto news = admission_policy_.learn(x.what, x.probe, outcome,
                                        timers_.now());
    for (auto& event : news) {
      if (event.what == event_kind::circuit_opened)
        refuse_all(by_endpoint_, x.what.endpoint);
      else if (event.what == event_kind::credential_stopped)
        refuse_all(by_credential_, x.what.credential);
    }
    tell(std::move(news));
  }

  void session_over(attempt_id who) {
    if (holders_.remove(who))
      line_.release();
  }

  void sender_over(uint64_t sender) {
    senders_.erase(sender);
    auto i = attempts_.lower_bound({sender, 0});
    while (i != attempts_.end() && i->first.first == sender)
      attempt_over((i++)->first, attempt_outcome::abandoned);
    for (auto who : holders_.of(sender))
      session_over(who);
    serve();
  }

  /// Refuses those who wait and whom the policy would not let in any more.
  template <class T>
  void refuse_all(const index<T>& waiting, const T& value) {
    std::vector<attempt_id> all;
    for (auto i = waiting.lower_bound({value, attempt_id{}});
         i != waiting.end() && i->first == value; ++i)
      all.push_back(i->second);
    for (auto who : all)
      if (auto refusal = admission_policy_.refusal(attempts_.at(who).what,
                                                   timers_.now()))
        dismiss(who, counted(refusal));
  }

  void end(const caf::error& reason) {
    for (auto& [who, x] : std::exchange(attempts_, {}))
      if (!x.begun)
        x.promise.deliver(failed(errc::closed, x.what));
      else if (x.login.pending())
        x.login.deliver(failed(errc::closed, x.what));
    timers_.clear();
    self_->quit(reason);
  }

  // -- who is next ------------------------------------------------------------

  /// To be called when anything has changed.
  void serve() {
    begin_all();
    if (!ask_again_)
      holders_.relieve();
    serve_when_due();
    metrics_.opening.set(line_.opening());
    metrics_.dialing.set(line_.dialing());
    metrics_.waiting.set(line_.waiting());
    metrics_.sessions.set(line_.sessions());
  }

  void begin_all() {
    while (auto who = line_.next(timers_.now()))
      begin(*who);
  }

  void serve_when_due() {
    auto due = line_.due();
    if (!due)
      due_.cancel();
    else if (!due_ || due_.when() != *due)
      due_.set(*due);
  }

  /// Returns how many wait for the end of a session that nobody has promised.
  size_t unrelieved() const {
    auto waiting = line_.held_up();
    return waiting - std::min(waiting, holders_.leaving());
  }

  // -- helpers ----------------------------------------------------------------

  admission_status explain(const ticket& what) const {
    admission_status result;
    auto place = line_.of(of_sender(what.id), what);
    result.what = place.what;
    result.position = place.position;
    result.used = place.used;
    result.limit = place.limit;
    admission_policy_.explain(what, timers_.now(), result);
    return result;
  }

  attempt_id of_sender(uint64_t number) const {
    const auto& sender = self_->current_sender();
    return {sender ? sender->id() : 0, number};
  }

  /// Learns of a sender's end. It stays known until then, as CAF 0.18 has no
  /// way to stop watching.
  void watch_sender() {
    auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
    if (!senders_.emplace(sender.id(), sender.address()).second)
      return;
    compat::monitor(self_, sender, [this, id = sender.id()](const caf::error&) {
      sender_over(id);
    });
  }

  void not_waiting(attempt_id who, const attempt& x) {
    by_endpoint_.erase({x.what.endpoint, who});
    by_credential_.erase({x.what.credential, who});
  }

  static caf::error failed(errc code, const ticket& what,
                           std::string cause = {}) {
    return make_error(code, {what.key, step::open, std::move(cause),
                             caf::timespan{}});
  }

  caf::error counted(caf::error refusal) {
    metrics_.count_refusal(code_of(refusal));
    return refusal;
  }

  void tell(std::vector<lifecycle_event> news) {
    for (auto& event : news)
      compat::send(self_, events_, std::move(event));
  }

  admission_actor::pointer self_;
  events_actor events_;
  uint64_t max_sessions_;
  admission_policy admission_policy_;
  waiting_line line_;
  session_holders holders_;
  /// Attempts that wait or have begun.
  std::map<attempt_id, attempt> attempts_;
  index<std::string> by_endpoint_;
  index<uint64_t> by_credential_;
  std::map<uint64_t, caf::actor_addr> senders_;
  timers timers_;
  /// The next attempt that waits may begin.
  deadline due_{timers_, [this] { serve(); }};
  /// Sessions that were in use may be idle.
  deadline ask_again_{timers_, [this] { serve(); }};
  admission_metrics metrics_;
};

} // namespace

admission_actor spawn_admission(caf::actor_system& sys,
                                const admission_limits& limits,
                                timer_actor timer, events_actor events) {
  return sys.spawn<admission_actor::stateful_impl<admission_state>>(
    limits, std::move(timer), std::move(events));
}

} // namespace tieline
