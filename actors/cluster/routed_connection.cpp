#include "tieline/actors/cluster/routed_connection.hpp"

#include "tieline/actors/node/remote_end.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

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
  static inline const char* name = "tieline.routed-connection";

  routed_connection_state(routed_connection_actor::pointer self,
                          connection_key key, const resolver_actor& router,
                          timer_actor timer)
    : self_(self),
      key_(std::move(key)),
      router_(router.address()),
      agenda_(self->system(), self->ctrl(), std::move(timer)) {
    // nop
  }

  routed_connection_actor::behavior_type make_behavior() {
    return forwarding_behavior<routed_connection_actor>::to(this);
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
    uint64_t due;
    continuation then;
  };

  /// A request on its way, until it has an answer.
  template <class Result, class... Args>
  struct errand {
    caf::strong_actor_ptr caller;
    caf::typed_response_promise<Result> promise;
    agenda::time_point until;
    std::tuple<Args...> args;
    /// How often it was sent after its connection.
    int moves = 0;
  };

  static constexpr int most_moves = 3;

  // -- requests ---------------------------------------------------------------

  template <class Result, class... Args>
  caf::result<Result> serve(Args&... args) {
    if (closed_)
      return error(errc::closed);
    auto caller = self_->current_sender();
    auto made = std::make_shared<errand<Result, Args...>>();
    made->caller = std::move(caller);
    made->promise = self_->template make_response_promise<
      caf::typed_response_promise<Result>>();
    made->until = until(args...);
    made->args = std::tuple<Args...>{std::move(args)...};
    go(made);
    return made->promise;
  }

  template <class Result>
  caf::result<Result> serve(caf::close_atom&) {
    auto router = caf::actor_cast<manager_actor>(router_);
    if (closed_ || !router)
      return error(errc::closed);
    closed_ = true;
    here_.reset();
    return compat::delegate(self_, router, caf::close_atom_v, key_);
  }

  /// To look at it is no reason to open it.
  template <class Result>
  caf::result<Result> serve(status_atom& what) {
    connection_status none;
    none.key = key_;
    return look<Result>(what, std::move(none));
  }

  template <class Result>
  caf::result<Result> serve(explain_atom& what) {
    explanation none;
    none.status.key = key_;
    return look<Result>(what, std::move(none));
  }

  template <class Result>
  caf::result<Result>
  serve(operate_atom& what, operation& order, caf::timespan& window) {
    if (!is_here())
      return error(errc::not_open);
    return serve<Result, operate_atom, operation, caf::timespan>(what, order,
                                                                 window);
  }

  template <class Result, class Atom>
  caf::result<Result> look(Atom what, Result none) {
    if (is_here())
      return serve<Result, Atom>(what);
    auto router = caf::actor_cast<manager_actor>(router_);
    if (closed_ || !router)
      return error(errc::closed);
    auto promise = self_->template make_response_promise<
      caf::typed_response_promise<Result>>();
    compat::request(self_, router, caf::infinite, what, key_)
      .then(
        [promise, none = std::move(none)](std::optional<Result>& got) mutable {
          promise.deliver(got ? std::move(*got) : std::move(none));
        },
        [promise](caf::error& reason) mutable {
          promise.deliver(std::move(reason));
        });
    return promise;
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
  void go(std::shared_ptr<errand<Result, Args...>> what) {
    if (is_here()) {
      ask(what);
      return;
    }
    // Opening is what looking for it does.
    note_params(what->args);
    resolve(what->until, [this, what](const caf::error& reason) {
      if (reason)
        what->promise.deliver(reason);
      else
        ask(what);
    });
  }

  template <class Result, class... Args>
  void ask(std::shared_ptr<errand<Result, Args...>> what) {
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
        go(what);
        return;
      }
      if (code_of(reason) == errc::closed)
        closed_ = true;
      what->promise.deliver(std::move(reason));
    };
    auto send = [&](auto done) {
      // Copies: it may have to be asked again.
      std::apply(
        [&](auto... args) {
          end->template ask<Result>(what->caller, key_, done, failed,
                                    std::move(args)...);
        },
        what->args);
    };
    if constexpr (std::is_void_v<Result>)
      send([this, what, end] {
        note_params(what->args);
        what->promise.deliver();
      });
    else
      send([what, end](Result& got) { what->promise.deliver(std::move(got)); });
  }

  /// The params of the last open are those to open with elsewhere.
  template <class... Args>
  void note_params(const std::tuple<Args...>& args) {
    if constexpr ((std::is_same_v<Args, connection_params> || ...))
      params_ = std::get<connection_params>(args);
  }

  template <class... Args>
  agenda::time_point until(const Args&...) const {
    return agenda_.after(caf::timespan{0}, caf::infinite);
  }

  agenda::time_point until(const execute_atom&, const request& what) const {
    return agenda_.after(what.timeout, caf::infinite);
  }

  agenda::time_point until(const caf::open_atom&, const connection_params&,
                           const caf::timespan& timeout) const {
    return agenda_.after(timeout, caf::infinite);
  }

  // -- where it is ------------------------------------------------------------

  void take(connection_actor now) {
    here_ = std::make_shared<end_type>(self_, agenda_, std::move(now),
                                       to_string(key_), [] {});
  }

  /// Has the router find the connection. All who wait share one question, each
  /// with its own time.
  void resolve(agenda::time_point until, continuation then) {
    auto at = waiting_.insert(waiting_.end(), {0, std::move(then)});
    at->due = agenda_.at(until, [this, at] {
      auto late = std::move(at->then);
      waiting_.erase(at);
      late(error(errc::timeout, "waited for its node"));
    });
    if (std::exchange(resolving_, true))
      return;
    auto router = caf::actor_cast<resolver_actor>(router_);
    if (!router) {
      resolved(error(errc::closed, "the router has ended"));
      return;
    }
    auto found = [this](std::optional<connection_actor>& now) {
      if (now)
        take(std::move(*now));
      resolved(now ? caf::error{} : error(errc::closed));
    };
    auto failed = [this](const caf::error& reason) { resolved(reason); };
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
    for (auto& who : std::exchange(waiting_, {})) {
      agenda_.cancel(who.due);
      who.then(reason);
    }
  }

  caf::error error(errc code, std::string cause = {}) const {
    return make_error(code, {key_, step::none, std::move(cause)});
  }

  routed_connection_actor::pointer self_;
  connection_key key_;
  caf::actor_addr router_;
  agenda agenda_;

  /// Of the last open.
  std::optional<connection_params> params_;
  std::shared_ptr<end_type> here_;
  std::list<waiter> waiting_;
  bool resolving_ = false;
  bool closed_ = false;
};

} // namespace

routed_connection_actor
spawn_routed_connection(caf::actor_system& sys, connection_key key,
                        const resolver_actor& router, timer_actor timer) {
  using impl = routed_connection_actor::stateful_impl<routed_connection_state>;
  return sys.spawn<impl>(std::move(key), router, std::move(timer));
}

} // namespace tieline
