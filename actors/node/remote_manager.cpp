#include "tieline/actors/node/remote_manager.hpp"

#include "tieline/actors/node/protocol.hpp"
#include "tieline/actors/node/remote_end.hpp"
#include "tieline/actors/node/remote_subscriptions.hpp"
#include "tieline/actors/node/stand_ins.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/messages/internal/timer.hpp"
#include "tieline/messages/support/backoff.hpp"
#include "tieline/messages/support/host_port.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using namespace std::chrono_literals;
using maybe_connection = std::optional<connection_actor>;

template <class T>
void note_key(connection_key&, const T&) {
  // nop
}

void note_key(connection_key& key, const connection_key& x) {
  key = x;
}

/// @tparam Handle what it stands for: a manager, a router, or the member behind
///                a router, whose connections it hands on as they are
template <class Handle>
class remote_manager_state {
public:
  static inline const char* name = "tieline.remote_manager";

  remote_manager_state(typename Handle::pointer self, dialer_actor dialer,
                       node_address where, std::string node,
                       caf::timespan patience, caf::timespan reconnect_timeout)
    : self_(self),
      dialer_(std::move(dialer)),
      where_(std::move(where)),
      node_(std::move(node)),
      place_(host_port(where_.host, where_.port)),
      patience_(patience),
      reconnect_timeout_(reconnect_timeout),
      timer_(spawn_timer(self->system())),
      timers_(self->system(), self->ctrl(), timer_),
      callers_(spawn_caller_monitor(self->system())),
      requests_(self, true),
      connections_(self->system(), timer_, callers_, place_),
      subscriptions_(self->system()) {
    // nop
  }

  typename Handle::behavior_type make_behavior() {
    return forwarding_behavior<Handle>::to(this);
  }

  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    connection_key key;
    (note_key(key, args), ...);
    if (waiting_.size() >= most_waiting)
      return make_error(errc::overloaded, {key, step::none, place_});
    if constexpr (unsubscribes<Args...>)
      if (phase_ != phase::connected && forget(std::get<1>(std::tie(args...))))
        return true;
    // Making a promise takes the message's sender away.
    auto caller = self_->current_sender();
    auto promise = self_->template make_response_promise<
      caf::typed_response_promise<Result>>();
    auto patient = waits_for_node<Args...> && was_connected_
                   && (has_own_time(args...) || reconnect_timeout_.count() > 0);
    auto wait = limit_wait(patient, promise, key, args...);
    auto go = [this, caller = std::move(caller), promise, key, wait,
               args = std::tuple<Args...>{std::move(args)...}](
                const caf::error& not_connected) mutable {
      if (wait && !is_in_time(*wait))
        return;
      if (not_connected) {
        auto why = failure_of(not_connected);
        why.key = key;
        promise.deliver(make_error(code_of(not_connected), std::move(why)));
        return;
      }
      if (wait && wait->is_own) // zero would mean the settings
        std::apply(
          [&](Args&... xs) {
            *time_of(xs...) = std::max<caf::timespan>(wait->due - timers_.now(),
                                                      caf::timespan{1});
          },
          args);
      std::apply([&](Args&... xs) { ask<Result>(caller, promise, key, xs...); },
                 args);
    };
    if (phase_ == phase::connected)
      go({});
    else
      await_node({std::move(go), wait, patient});
    return promise;
  }

private:
  enum class phase { lost, connecting, connected };

  static constexpr bool is_member = std::is_same_v<Handle, member_actor>;

  /// What has to be published there.
  using published = std::conditional_t<is_member, router_actor, Handle>;

  static constexpr size_t most_waiting = 10000;
  static constexpr size_t most_tries = 3;
  static constexpr backoff pauses{100ms, 30s};
  /// Between attempts that somebody waits for.
  static constexpr caf::timespan longest_pause = 1s;

  // -- requests ---------------------------------------------------------------

  /// The time that a request has, waiting for the link included.
  struct time_limit {
    timers::time_point due;
    timers::id id{};
    bool over = false;
    /// It is the request's own, not that for a node that was lost.
    bool is_own = true;
  };

  /// A request that waits for the link.
  struct waiter {
    /// Sends it, or answers it the error.
    std::function<void(const caf::error&)> go;
    std::shared_ptr<time_limit> limit{};
    /// It waits until its time is over, however often connecting fails.
    bool patient = false;
  };

  /// Whether a request, which has certainly not begun, waits for a node that
  /// was lost. A router has other nodes.
  template <class Atom, class... Args>
  static constexpr bool waits_for_node
    = !is_member
      && (std::is_same_v<
            Atom,
            caf::
              open_atom> || std::is_same_v<Atom, execute_atom> || std::is_same_v<Atom, get_or_create_atom>);

  /// Returns where a request has its own time; nothing if it cannot have one.
  template <class... Args>
  static caf::timespan* time_of(Args&...) {
    return nullptr;
  }

  static caf::timespan* time_of(caf::open_atom&, connection_key&,
                                connection_params&, caf::timespan& timeout) {
    return &timeout;
  }

  static caf::timespan* time_of(caf::open_atom&, std::vector<open_item>&,
                                caf::timespan& timeout) {
    return &timeout;
  }

  static caf::timespan* time_of(execute_atom&, connection_key&,
                                connection_params&, request& what) {
    return &what.timeout;
  }

  template <class... Args>
  static bool has_own_time(Args&... args) {
    const auto* time = time_of(args...);
    return time != nullptr && time->count() > 0;
  }

  template <class... Args>
  static constexpr bool stops = (std::is_same_v<Args, shutdown_atom> || ...);

  template <class... Args>
  static constexpr bool unsubscribes
    = (std::is_same_v<Args, caf::unsubscribe_atom> || ...);

  /// Returns nothing if the request has no limit, or need not wait.
  template <class Result, class... Args>
  std::shared_ptr<time_limit>
  limit_wait(bool patient, caf::typed_response_promise<Result> promise,
             const connection_key& key, Args&... args) {
    auto is_own = has_own_time(args...);
    if ((!is_own && !patient) || phase_ == phase::connected)
      return nullptr;
    auto made = std::make_shared<time_limit>();
    made->is_own = is_own;
    auto time = is_own ? *time_of(args...) : reconnect_timeout_;
    made->due = timers_.after(time, time);
    // It may hold the last handle, which the timers do not.
    made->id = timers_.at(made->due, [this, made, promise, key]() mutable {
      made->over = true;
      auto why = failure_of(lost(last_cause_));
      why.key = key;
      promise.deliver(make_error(made->is_own ? errc::timeout : errc::node_lost,
                                 std::move(why)));
    });
    return made;
  }

  void await_node(waiter what) {
    auto pause = not_before_ - timers_.now();
    if (phase_ == phase::lost && pause.count() > 0 && !what.patient) {
      what.go(lost(last_cause_, pause));
      return;
    }
    waiting_.push_back(std::move(what));
    if (phase_ != phase::lost)
      return;
    if (pause.count() > 0) {
      connect_in(pause);
    } else {
      tries_ = 0;
      connect();
    }
  }

  /// Connects after a while for those who wait, unless that happens before.
  void connect_in(caf::timespan pause) {
    // Who waits for an answer may have let go of us.
    timers_.at(timers_.after(std::min(pause, longest_pause)),
               [this, attempt = attempt_,
                me = caf::strong_actor_ptr{self_->ctrl()}] {
                 if (phase_ != phase::lost || attempt_ != attempt)
                   return;
                 drop_late();
                 if (waiting_.empty())
                   return;
                 tries_ = 0;
                 connect();
               });
  }

  /// Forgets those that were answered.
  void drop_late() {
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                  [](const waiter& x) {
                                    return x.limit && x.limit->over;
                                  }),
                   waiting_.end());
  }

  bool is_in_time(const time_limit& what) {
    timers_.cancel(what.id);
    return !what.over;
  }

  template <class Result, class... Args>
  void ask(const caf::strong_actor_ptr& caller,
           caf::typed_response_promise<Result> promise,
           const connection_key& key, Args&... args) {
    auto keep = adapt(args...);
    remote_->template ask<Result>(caller, key, answer_to(promise, key, keep),
                                  error_to<Args...>(promise, keep),
                                  std::move(args)...);
  }

  using keepsake = remote_subscriptions::keepsake;

  template <class Result>
  on_answer<Result> answer_to(caf::typed_response_promise<Result> promise,
                              const connection_key& key, keepsake keep) {
    return [this, promise, key, keep = std::move(keep)](auto&... got) mutable {
      (stand_in(key, got), ...);
      promise.deliver(std::move(got)...);
    };
  }

  template <class... Args, class Result>
  on_answer<caf::error>
  error_to(caf::typed_response_promise<Result> promise, keepsake keep) {
    if constexpr (unsubscribes<Args...>)
      return [promise, keep = std::move(keep)](caf::error& reason) mutable {
        if (keep && code_of(reason) == errc::node_lost)
          promise.deliver(true);
        else
          promise.deliver(std::move(reason));
      };
    else if constexpr (stops<Args...>)
      // The manager's end may overtake its answer, and says the same.
      return [promise, end = remote_](caf::error& reason) mutable {
        if (end->ended())
          promise.deliver();
        else
          promise.deliver(std::move(reason));
      };
    else
      return failure_to(promise);
  }

  template <class Result>
  static on_answer<caf::error>
  failure_to(caf::typed_response_promise<Result> promise) {
    return [promise](caf::error& reason) mutable {
      promise.deliver(std::move(reason));
    };
  }

  template <class T>
  void stand_in(const connection_key&, T&) {
    // nop
  }

  void stand_in(const connection_key& key, maybe_connection& x) {
    if constexpr (!is_member)
      if (x)
        x = connections_.of(*x, key);
  }

  void stand_in(const connection_key&, std::vector<open_outcome>& xs) {
    for (auto& x : xs)
      stand_in(x.key, x.connection);
  }

  // -- subscriptions ----------------------------------------------------------

  template <class... Args>
  keepsake adapt(Args&...) {
    return nullptr;
  }

  keepsake adapt(caf::subscribe_atom&, listener_actor& who, selector& what) {
    subscriptions_.add(who, what);
    return nullptr;
  }

  keepsake adapt(caf::subscribe_atom& subscribe, listener_actor& who) {
    selector all;
    return adapt(subscribe, who, all);
  }

  keepsake adapt(caf::unsubscribe_atom&, listener_actor& who) {
    return subscriptions_.take(who);
  }

  /// Ends a subscription at a node that cannot be told now. Returns whether
  /// there was one.
  bool forget(const listener_actor& who) {
    if (!who || !subscriptions_.erase(who.address()))
      return false;
    // A subscribe may have been waiting for the link since before.
    if (phase_ == phase::connecting)
      waiting_.push_back({[this, addr = who.address()](const caf::error&) {
        subscriptions_.erase(addr);
      }});
    return true;
  }

  void subscribe_again() {
    subscriptions_.each(
      [this](const listener_actor& relay, const selector& wanted) {
        remote_->template ask<void>(
          nullptr, {}, [] {}, [](const caf::error&) {}, caf::subscribe_atom_v,
          relay, wanted);
      });
  }

  // -- connecting -------------------------------------------------------------

  caf::error lost(const std::string& cause,
                  caf::timespan retry_after = caf::timespan{0}) const {
    return make_error(errc::node_lost,
                      {{},
                       step::connect,
                       cause.empty() ? place_ : place_ + ": " + cause,
                       retry_after});
  }

  void connect() {
    phase_ = phase::connecting;
    auto attempt = ++attempt_;
    ++tries_;
    // CAF's own timeouts would hold us until they are over, answered or not.
    timers_.cancel(give_up_);
    give_up_ = timers_.at(timers_.after(patience_, patience_), [this] {
      failed("no answer within the connect-timeout", after_failure::pause);
    });
    compat::request(self_, dialer_.get(), caf::infinite, caf::connect_atom_v,
                    where_.host, where_.port)
      .then(
        [this, attempt](caf::node_id&, caf::strong_actor_ptr& found,
                        std::set<std::string>& interface) {
          if (is_current(attempt))
            reached(found, interface);
        },
        [this, attempt](const caf::error& reason) {
          if (is_current(attempt))
            failed(words_for(reason), after_failure::repeat);
        });
  }

  bool is_current(uint64_t attempt) const {
    return phase_ == phase::connecting && attempt_ == attempt;
  }

  static std::string words_for(const caf::error& reason) {
    if (reason == caf::sec::disconnect_during_handshake
        || reason == caf::sec::incompatible_versions)
      return "the link was closed during the handshake (certificate refused, "
             "TLS on one side only, or another CAF version): "
             + to_string(reason);
    return to_string(reason);
  }

  /// Something is there.
  void reached(const caf::strong_actor_ptr& found,
               const std::set<std::string>& interface) {
    if (!found)
      failed("nothing is published there", after_failure::pause);
    else if (auto wrong = why_not<published>(self_->system(), interface);
             !wrong.empty())
      failed(wrong, after_failure::give_up);
    else if constexpr (is_member)
      find_member(caf::actor_cast<router_actor>(found));
    else
      take(caf::actor_cast<Handle>(found));
  }

  /// Asks a router for the member of its node.
  void find_member(const router_actor& router) {
    auto attempt = attempt_;
    // Not in our own name: it would be held by the other node's registry.
    asking_ = owned{spawn_relay<router_actor>(self_->system(), router)};
    compat::request(self_, asking_.get(), caf::infinite, local_atom_v)
      .then(
        [this, attempt](member_actor& found) {
          if (!is_current(attempt))
            return;
          if (found)
            take(std::move(found));
          else
            failed("there is no member in the answer", after_failure::pause);
        },
        [this, attempt](const caf::error& reason) {
          if (is_current(attempt))
            failed(words_for(reason), after_failure::repeat);
        });
  }

  void take(Handle found) {
    asking_.reset();
    remote_ = std::make_shared<remote_end<Handle>>(
      self_, asking{timers_, requests_, callers_}, std::move(found), place_,
      [this] {
        if (phase_ == phase::connecting)
          failed("it was lost at once", after_failure::repeat);
        else if (phase_ == phase::connected) {
          phase_ = phase::lost;
          listen_again(pauses.wait(0));
        }
      });
    // A node that still keeps the old link to us never answers on the new one,
    // so the link counts only once it has carried an answer.
    auto attempt = attempt_;
    auto answered = [this, attempt]([[maybe_unused]] auto&& got) {
      if (!is_current(attempt))
        return;
      if constexpr (is_member)
        if (got.name != node_) {
          failed("there is node '" + got.name + '\'', after_failure::give_up);
          return;
        }
      connected();
    };
    auto ignore = [](const caf::error&) {};
    // What each answers at once, however its cluster is.
    if constexpr (is_member)
      remote_->template ask<cluster_node>(nullptr, {}, answered, ignore,
                                          probe_atom_v);
    else if constexpr (std::is_same_v<Handle, router_actor>)
      remote_->template ask<member_actor>(nullptr, {}, answered, ignore,
                                          local_atom_v);
    else
      remote_->template ask<maybe_connection>(nullptr, {}, answered, ignore,
                                              caf::get_atom_v,
                                              connection_key{});
  }

  void connected() {
    timers_.cancel(give_up_);
    phase_ = phase::connected;
    was_connected_ = true;
    failures_ = 0;
    not_before_ = {};
    connections_.forget_all();
    subscribe_again();
    tell_waiting({});
  }

  /// What helps against a failure to connect: trying again at once, after a
  /// while, or nothing.
  enum class after_failure { repeat, pause, give_up };

  void failed(const std::string& cause, after_failure then) {
    timers_.cancel(give_up_);
    asking_.reset();
    remote_ = nullptr;
    last_cause_ = cause;
    if (then == after_failure::repeat && tries_ < most_tries) {
      // Who waits for an answer may have let go of us.
      timers_.at(timers_.after(pauses.wait(0)),
                 [this, attempt = attempt_,
                  me = caf::strong_actor_ptr{self_->ctrl()}] {
                   if (is_current(attempt))
                     connect();
                 });
      return;
    }
    phase_ = phase::lost;
    auto pause = pauses.wait(failures_++);
    not_before_ = timers_.now() + pause;
    auto reason = lost(cause, pause);
    listen_again(pause);
    auto patient
      = then == after_failure::give_up
          ? waiting_.end()
          : std::stable_partition(waiting_.begin(), waiting_.end(),
                                  [](const waiter& x) { return !x.patient; });
    std::vector<waiter> stay{std::make_move_iterator(patient),
                             std::make_move_iterator(waiting_.end())};
    waiting_.erase(patient, waiting_.end());
    tell_waiting(reason);
    std::move(stay.begin(), stay.end(), std::back_inserter(waiting_));
    if (!stay.empty())
      connect_in(pause);
  }

  /// Connects again after a while if somebody wants to hear of events.
  void listen_again(caf::timespan wait) {
    if (subscriptions_.empty())
      return;
    timers_.at(timers_.after(wait), [this] {
      if (phase_ != phase::lost || subscriptions_.empty())
        return;
      tries_ = 0;
      connect();
    });
  }

  void tell_waiting(const caf::error& outcome) {
    for (auto& x : std::exchange(waiting_, {}))
      x.go(outcome);
  }

  typename Handle::pointer self_;
  owned<dialer_actor> dialer_;
  node_address where_;
  /// The name that a member must have.
  std::string node_;
  std::string place_;
  caf::timespan patience_;
  caf::timespan reconnect_timeout_;

  phase phase_ = phase::lost;
  owned<router_actor> asking_;
  std::shared_ptr<remote_end<Handle>> remote_;
  /// The node was there at some time.
  bool was_connected_ = false;
  std::vector<waiter> waiting_;
  uint64_t attempt_ = 0;
  size_t tries_ = 0;
  /// In a row.
  uint64_t failures_ = 0;
  timers::id give_up_{};
  timers::time_point not_before_;
  std::string last_cause_;

  /// Not owned: connections we gave away still use it when we have ended.
  timer_actor timer_;
  timers timers_;
  caller_monitor_actor callers_;
  request_table requests_;
  stand_ins connections_;
  remote_subscriptions subscriptions_;
};

template <class Handle>
Handle spawn(caf::actor_system& sys, dialer_actor dialer, node_address where,
             const node_settings& how, std::string node = {}) {
  using impl =
    typename Handle::template stateful_impl<remote_manager_state<Handle>>;
  return sys.spawn<impl>(std::move(dialer), std::move(where), std::move(node),
                         how.connect_timeout, how.reconnect_timeout);
}

} // namespace

manager_actor spawn_remote_manager(caf::actor_system& sys, dialer_actor dialer,
                                   node_address where,
                                   const node_settings& how) {
  return spawn<manager_actor>(sys, std::move(dialer), std::move(where), how);
}

router_actor spawn_remote_router(caf::actor_system& sys, dialer_actor dialer,
                                 node_address where, const node_settings& how) {
  return spawn<router_actor>(sys, std::move(dialer), std::move(where), how);
}

member_actor spawn_remote_member(caf::actor_system& sys, dialer_actor dialer,
                                 const cluster_node& which,
                                 const node_settings& how) {
  return spawn<member_actor>(sys, std::move(dialer), {which.host, which.port},
                             how, which.name);
}

} // namespace tieline
