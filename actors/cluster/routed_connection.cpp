#include "tieline/actors/cluster/routed_connection.hpp"

#include "tieline/actors/node/remote_end.hpp"
#include "tieline/actors/runtime/cancelable_waits.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/resolver.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tieline {

namespace {

/// Returns whether a request that was answered so has not begun, and may find
/// the connection elsewhere. An operator's drain says `draining`, too; then
/// the connection is still where it was, and says so again.
bool has_moved(const caf::error& reason) {
  auto code = code_of(reason);
  return code == errc::not_owner || code == errc::draining;
}

class routed_connection_state {
public:
  static inline const char* name = "tieline.routed_connection";

  routed_connection_state(routed_connection_actor::pointer self,
                          connection_key key, const route_keeper_actor& router,
                          timer_actor timer, caller_monitor_actor callers)
    : self_(self),
      key_(std::move(key)),
      router_(router.address()),
      timers_(self->system(), self->ctrl(), std::move(timer)),
      callers_(std::move(callers)),
      requests_(self, true) {
    // nop
  }

  routed_connection_actor::behavior_type make_behavior() {
    return forwarding_behavior<routed_connection_actor>::trap_exit(
      self_,
      [this](const caf::error& reason) {
        // By its router's end. What waits has not begun.
        be_closed();
        self_->quit(reason);
      },
      this);
  }

  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    return serve<Result>(args...);
  }

private:
  using end_type
    = remote_end<connection_actor, routed_connection_actor::pointer>;
  /// Is told when the connection is there, or why it is not.
  using continuation = std::function<void(const caf::error&)>;

  struct waiter {
    timers::id due;
    continuation then;
  };

  /// A request on its way, until it has an answer.
  template <class Result, class... Args>
  struct routed_request {
    caf::strong_actor_ptr caller;
    caf::typed_response_promise<Result> promise;
    /// When the caller's own time is over, if it has one.
    std::optional<timers::time_point> due;
    std::tuple<Args...> args;
    /// How often it was sent after its connection.
    int moves = 0;
    /// Of the caller, while its connection is looked for.
    caller_watch end;
    /// The caller has ended.
    bool orphaned = false;
  };

  static constexpr int most_moves = 3;

  // -- requests ---------------------------------------------------------------

  template <class Result, class... Args>
  caf::result<Result> serve(Args&... args) {
    if (closed_)
      return error(errc::closed);
    auto caller = self_->current_sender();
    auto made = std::make_shared<routed_request<Result, Args...>>();
    made->caller = std::move(caller);
    made->promise = self_->template make_response_promise<
      caf::typed_response_promise<Result>>();
    if (auto asked = timeout_in(args...); asked.count() > 0)
      made->due = timers_.after(asked, asked);
    made->args = std::tuple<Args...>{std::move(args)...};
    go(made);
    return made->promise;
  }

  template <class Result>
  caf::result<Result> serve(caf::close_atom&) {
    if (closed_)
      return false;
    be_closed();
    auto promise
      = self_
          ->template make_response_promise<caf::typed_response_promise<bool>>();
    auto router = caf::actor_cast<manager_actor>(router_);
    if (!router) {
      promise.deliver(without_router());
      return promise;
    }
    requests_.ask(router, caf::close_atom_v, key_)
      .then([promise](bool first) mutable { promise.deliver(first); },
            [this, promise](caf::error& reason) mutable {
              promise.deliver(of_router(std::move(reason)));
            });
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(closed_atom&) {
    be_closed();
    return caf::unit;
  }

  /// Those that wait here, and those where it is.
  template <class Result>
  caf::result<Result> serve(cancel_atom& cancel, std::string& tag) {
    if (closed_)
      return error(errc::closed);
    auto caller = self_->current_sender();
    auto promise = self_->template make_response_promise<
      caf::typed_response_promise<uint64_t>>();
    auto reason = canceled_by("cancel", key_, step::none, "by its tag");
    auto here = waits_.cancel(nullptr, tag, reason);
    auto end = here_;
    if (!is_here()) {
      promise.deliver(here);
      return promise;
    }
    end->template ask<uint64_t>(
      caller, key_,
      [promise, here, end](uint64_t& there) mutable {
        promise.deliver(there + here);
      },
      [promise, here, end](caf::error& why) mutable {
        // What has moved has not begun, and comes back to us.
        if (here > 0 || has_moved(why))
          promise.deliver(here);
        else
          promise.deliver(std::move(why));
      },
      cancel, std::move(tag));
    return promise;
  }

  /// For good.
  void be_closed() {
    if (std::exchange(closed_, true))
      return;
    here_.reset();
    tell_waiting(error(errc::closed));
    if (auto router = caf::actor_cast<route_keeper_actor>(router_))
      compat::send(self_, router, closed_atom_v, key_);
  }

  /// To look at it is no reason to open it.
  template <class Result>
  caf::result<Result> serve(status_atom& what) {
    if (is_here())
      return serve<Result, status_atom>(what);
    return look(connection_status{});
  }

  template <class Result>
  caf::result<Result> serve(explain_atom& what) {
    if (is_here())
      return serve<Result, explain_atom>(what);
    return look(explanation{});
  }

  template <class Result>
  caf::result<Result> serve(caf::open_atom& open, connection_params& params) {
    auto by_settings = caf::timespan{0};
    return serve<Result, caf::open_atom, connection_params, caf::timespan>(
      open, params, by_settings);
  }

  template <class Result>
  caf::result<Result> serve(operate_atom& what, operation& order) {
    auto none = caf::timespan{0};
    return serve<Result>(what, order, none);
  }

  template <class Result>
  caf::result<Result>
  serve(operate_atom& what, operation& order, caf::timespan& window) {
    if (!is_here())
      return error(errc::not_open);
    return serve<Result, operate_atom, operation, caf::timespan>(what, order,
                                                                 window);
  }

  caf::result<connection_status> look(connection_status none) {
    none.key = key_;
    return look_up(status_atom_v, std::move(none));
  }

  caf::result<explanation> look(explanation none) {
    none.status.key = key_;
    return look_up(explain_atom_v, std::move(none));
  }

  template <class Atom, class Result>
  caf::result<Result> look_up(Atom what, Result none) {
    if (closed_)
      return error(errc::closed);
    auto promise = self_->template make_response_promise<
      caf::typed_response_promise<Result>>();
    look_up(what, promise, std::move(none));
    return promise;
  }

  /// Has the router look.
  /// @param none the answer if there is no connection
  template <class Atom, class Result>
  void
  look_up(Atom what, caf::typed_response_promise<Result> promise, Result none) {
    auto router = caf::actor_cast<manager_actor>(router_);
    if (!router) {
      promise.deliver(without_router());
      return;
    }
    requests_.ask(router, what, key_)
      .then(
        [promise, none = std::move(none)](std::optional<Result>& got) mutable {
          promise.deliver(got ? std::move(*got) : std::move(none));
        },
        [this, promise](caf::error& reason) mutable {
          promise.deliver(of_router(std::move(reason)));
        });
  }

  caf::error without_router() const {
    return error(errc::closed, "the router has ended");
  }

  /// Returns the error for those who wait for an answer of the router.
  caf::error of_router(caf::error reason) const {
    return code_of(reason) == errc::none ? without_router() : reason;
  }

  bool is_here() const {
    return here_ && here_->there();
  }

  template <class Result>
  caf::result<Result> serve(put_atom&, connection_actor& now) {
    take(std::move(now));
    return caf::unit;
  }

  template <class Result>
  caf::result<Result>
  serve(put_atom&, connection_actor& now, connection_params& params) {
    params_ = std::move(params);
    take(std::move(now));
    return caf::unit;
  }

  /// Asks the connection, which is looked for first if it is not known.
  template <class Result, class... Args>
  void go(std::shared_ptr<routed_request<Result, Args...>> what) {
    if (is_here()) {
      ask(what);
      return;
    }
    // Opening is what looking for it does.
    note_params(what->args);
    watch_caller(what);
    auto number = waits_.add({}, tag_in(what->args),
                             [what](const caf::error& reason) {
                               what->promise.deliver(reason);
                             });
    resolve(what->due, [this, what, number](const caf::error& reason) {
      what->end.give_up();
      if (!waits_.take(number))
        return;
      if (reason)
        what->promise.deliver(reason);
      else if (what->orphaned)
        what->promise.deliver(canceled_by("the end of the caller", key_,
                                          step::none, "the caller has ended"));
      else
        ask(what);
    });
  }

  template <class Result, class... Args>
  void watch_caller(std::shared_ptr<routed_request<Result, Args...>> what) {
    if (what->caller)
      what->end = {self_, callers_, what->caller, [weak = std::weak_ptr{what}] {
                     if (auto its = weak.lock())
                       its->orphaned = !outlives_caller(its->args);
                   }};
  }

  template <class Result, class... Args>
  void ask(std::shared_ptr<routed_request<Result, Args...>> what) {
    // Kept until the answer, wherever the connection is by then.
    auto end = here_;
    if (!end || !end->there()) {
      what->promise.deliver(error(errc::node_lost));
      return;
    }
    auto failed = [this, what, end](caf::error reason) {
      if (has_moved(reason) && what->moves++ < most_moves) {
        if (here_ == end)
          here_.reset();
        again(what);
        return;
      }
      if (code_of(reason) == errc::closed && !end->ended())
        be_closed();
      what->promise.deliver(std::move(reason));
    };
    auto done = [this, what, end](auto&... got) {
      if constexpr (std::is_void_v<Result>)
        note_params(what->args);
      what->promise.deliver(std::move(got)...);
    };
    std::apply(
      // Copies: it may have to be asked again.
      [&](auto... args) {
        (shorten(args, what->due), ...);
        end->template ask<Result>(what->caller, key_, done, failed,
                                  std::move(args)...);
      },
      what->args);
  }

  template <class Result, class... Args>
  void again(std::shared_ptr<routed_request<Result, Args...>> what) {
    go(what);
  }

  /// To look is no reason to open it where it is now.
  void
  again(std::shared_ptr<routed_request<connection_status, status_atom>> what) {
    connection_status none;
    none.key = key_;
    look_up(status_atom_v, what->promise, std::move(none));
  }

  void again(std::shared_ptr<routed_request<explanation, explain_atom>> what) {
    explanation none;
    none.status.key = key_;
    look_up(explain_atom_v, what->promise, std::move(none));
  }

  /// The params of the last open are those to open with elsewhere.
  template <class... Args>
  void note_params(const std::tuple<Args...>& args) {
    if constexpr ((std::is_same_v<Args, connection_params> || ...))
      params_ = std::get<connection_params>(args);
  }

  template <class... Args>
  static std::string tag_in(const std::tuple<Args...>& args) {
    if constexpr ((std::is_same_v<Args, request> || ...))
      return std::get<request>(args).tag;
    else
      return {};
  }

  template <class... Args>
  static bool outlives_caller(const std::tuple<Args...>& args) {
    if constexpr ((std::is_same_v<Args, request> || ...))
      return std::get<request>(args).outlives_caller;
    else
      return false;
  }

  template <class... Args>
  static caf::timespan timeout_in(const Args&...) {
    return caf::timespan{0};
  }

  static caf::timespan timeout_in(const execute_atom&, const request& what) {
    return what.timeout;
  }

  static caf::timespan timeout_in(const caf::open_atom&,
                                  const connection_params&,
                                  const caf::timespan& timeout) {
    return timeout;
  }

  /// The time it took so far is the caller's, too.
  template <class T>
  void shorten(T&, const std::optional<timers::time_point>&) const {
    // nop
  }

  void shorten(request& what,
               const std::optional<timers::time_point>& due) const {
    shorten(what.timeout, due);
  }

  void shorten(caf::timespan& timeout,
               const std::optional<timers::time_point>& due) const {
    if (due) // zero would mean the settings
      timeout = std::max<caf::timespan>(*due - timers_.now(), caf::timespan{1});
  }

  // -- where it is ------------------------------------------------------------

  void take(connection_actor now) {
    if (closed_ || !now)
      return;
    auto own = now.node() == self_->system().node();
    here_ = std::make_shared<end_type>(
      self_, asking{timers_, requests_, callers_}, std::move(now),
      to_string(key_), [] {}, own);
  }

  /// Has the router find the connection. All who wait share one question, each
  /// with its own time.
  void resolve(std::optional<timers::time_point> until, continuation then) {
    auto at = waiting_.insert(waiting_.end(), {{}, std::move(then)});
    if (until)
      at->due = timers_.at(*until, [this, at] {
        auto late = std::move(at->then);
        waiting_.erase(at);
        late(error(errc::timeout, "waited for its node"));
      });
    if (std::exchange(resolving_, true))
      return;
    auto router = caf::actor_cast<resolver_actor>(router_);
    if (!router) {
      resolved(without_router());
      return;
    }
    auto found = [this](std::optional<connection_actor>& now) {
      if (now)
        take(std::move(*now));
      resolved(is_here() ? caf::error{} : error(errc::closed));
    };
    auto failed = [this](caf::error& reason) {
      resolved(of_router(std::move(reason)));
    };
    if (params_)
      compat::request(self_, router, caf::infinite, resolve_atom_v, key_,
                      *params_, caf::timespan{0})
        .then(found, failed);
    else
      compat::request(self_, router, caf::infinite, resolve_atom_v, key_)
        .then(found, failed);
  }

  void resolved(const caf::error& reason) {
    resolving_ = false;
    tell_waiting(reason);
  }

  void tell_waiting(const caf::error& reason) {
    for (auto& who : std::exchange(waiting_, {})) {
      timers_.cancel(who.due);
      who.then(reason);
    }
  }

  caf::error error(errc code, std::string cause = {}) const {
    return make_error(code, {key_, step::none, std::move(cause)});
  }

  routed_connection_actor::pointer self_;
  connection_key key_;
  caf::actor_addr router_;
  timers timers_;
  caller_monitor_actor callers_;
  request_table requests_;

  /// Of the last open.
  std::optional<connection_params> params_;
  std::shared_ptr<end_type> here_;
  std::list<waiter> waiting_;
  cancelable_waits waits_;
  bool resolving_ = false;
  bool closed_ = false;
};

} // namespace

routed_connection_actor
spawn_routed_connection(caf::actor_system& sys, connection_key key,
                        const route_keeper_actor& router, timer_actor timer,
                        caller_monitor_actor callers) {
  using impl = routed_connection_actor::stateful_impl<routed_connection_state>;
  return sys.spawn<impl>(std::move(key), router, std::move(timer),
                         std::move(callers));
}

} // namespace tieline
