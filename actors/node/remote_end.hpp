#pragma once

#include "tieline/actors/node/remote_loss.hpp"
#include "tieline/actors/runtime/caller_monitor.hpp"
#include "tieline/actors/runtime/caller_name.hpp"
#include "tieline/actors/runtime/relay.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/member.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_addr.hpp>
#include <caf/exit_reason.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline {

/// What an actor asks others with, on behalf of its callers.
struct asking {
  timers& when;
  request_table& requests;
  caller_monitor_actor callers;
};

/// An actor on another node, as a local stand-in for it sees it: asks it on
/// behalf of callers, and knows when it is lost. Lives in the stand-in's actor.
///
/// A request that has a timeout is answered `errc::timeout` a little after it:
/// the other node answers by then unless it is stopped or cut off, which takes
/// longer to be noticed.
///
/// Each caller has a proxy of its own, so that the other node sees
/// callers one by one: it takes turns between them, and drops what a caller
/// that has ended still waits for.
///
/// An actor of this node will do as well. It is told who asks, in a field of
/// its internal messages, and needs no proxies.
/// @tparam Pointer to the stand-in
template <class Handle, class Pointer = typename Handle::pointer>
class remote_end {
public:
  using pointer = Pointer;

  /// @param with of the same actor; is to live as long
  /// @param where for people, e.g. `host:port`
  /// @param on_lost called once, after all who wait were answered
  /// @param own whether the actor is of this node, which is told who asks
  remote_end(pointer self, const asking& with, Handle remote, std::string where,
             std::function<void()> on_lost, bool own = false)
    : self_(self),
      timers_(with.when),
      requests_(with.requests),
      callers_(with.callers),
      remote_(std::move(remote)),
      own_(own),
      loss_(std::make_shared<remote_loss>(timers_, std::move(where))) {
    watch_ = {self_, caf::actor_cast<caf::actor>(remote_),
              [this, weak = std::weak_ptr{alive_},
               on_lost = std::move(on_lost)](const caf::error& reason) {
                if (!weak.expired()) {
                  lose(reason);
                  on_lost();
                }
              }};
  }

  remote_end(const remote_end&) = delete;

  remote_end& operator=(const remote_end&) = delete;

  ~remote_end() {
    watch_.give_up();
    if (there())
      loss_->set(errc::node_lost);
    for (auto& [addr, theirs] : proxies_)
      theirs.end.give_up();
  }

  /// Returns whether it has not been lost.
  bool there() const noexcept {
    return loss_->code() == errc::none;
  }

  /// Returns whether it has ended in good order, or was ended there.
  bool ended() const noexcept {
    return loss_->code() == errc::closed;
  }

  using on_failure = remote_loss::on_failure;

  /// Asks it. Calls `done(value)`, or `done()` if there is none, or
  /// `failed(error)`, once.
  template <class Result, class... Args>
  void ask(const caf::strong_actor_ptr& caller, const connection_key& key,
           on_answer<Result> done, on_failure failed, Args&&... args) {
    std::optional<timers::time_point> due;
    if (auto limit = timeout_of(args...); limit.count() > 0)
      due = timers_.after(limit, limit);
    ask_by<Result>(due, caller, key, std::move(done), std::move(failed),
                   std::forward<Args>(args)...);
  }

  /// The same for a request that is to be answered by `due`, if it is set.
  template <class Result, class... Args>
  void ask_by(std::optional<timers::time_point> due,
              const caf::strong_actor_ptr& caller, const connection_key& key,
              on_answer<Result> done, on_failure failed, Args&&... args) {
    constexpr auto at = step_of<std::decay_t<Args>...>();
    if (!there()) {
      auto reason = loss_->error(key, at);
      failed(reason);
      return;
    }
    (name_caller(caller, args), ...);
    auto first = loss_->first_answer(due, key, at, failed);
    auto answered = remote_loss::answered<Result>(first, std::move(done));
    auto refused = loss_->refused<Result>(key, at, std::move(first),
                                          std::move(failed));
    if (own_)
      request_for(caller, std::forward<Args>(args)...)
        .then(std::move(answered), std::move(refused));
    else
      requests_.ask(proxy_of(caller), std::forward<Args>(args)...)
        .then(std::move(answered), std::move(refused));
  }

private:
  template <class T>
  static void name_caller(const caf::strong_actor_ptr&, T&) {
    // nop
  }

  /// The other node sees a proxy.
  static void name_caller(const caf::strong_actor_ptr& who, request& what) {
    if (what.caller.empty() && who)
      what.caller = caller_name(caf::actor_cast<caf::actor_addr>(who));
  }

  template <class Atom, class...>
  static constexpr step step_of() {
    if (std::is_same_v<Atom, execute_atom>)
      return step::execute;
    if (std::is_same_v<Atom, caf::open_atom>)
      return step::open;
    return std::is_same_v<Atom, caf::close_atom> ? step::close : step::none;
  }

  template <class... Args>
  static caf::timespan timeout_of(const Args&...) {
    return caf::timespan{0};
  }

  static caf::timespan timeout_of(execute_atom, const request& what) {
    return what.timeout;
  }

  static caf::timespan timeout_of(execute_atom, const connection_key&,
                                  const connection_params&,
                                  const request& what) {
    return what.timeout;
  }

  static caf::timespan timeout_of(caf::open_atom, const connection_params&,
                                  caf::timespan timeout) {
    return timeout;
  }

  static caf::timespan timeout_of(caf::open_atom, const connection_key&,
                                  const connection_params&,
                                  caf::timespan timeout) {
    return timeout;
  }

  static caf::timespan timeout_of(caf::open_atom, const std::vector<open_item>&,
                                  caf::timespan timeout) {
    return timeout;
  }

  struct proxy {
    owned<Handle> actor;
    caller_watch end;
  };

  void lose(const caf::error& reason) {
    // What a member had, another member has.
    constexpr auto is_member = std::is_same_v<Handle, member_actor>;
    auto ended = !is_member && !reason.empty() && !is_loss_of_node(reason)
                 && (code_of(reason) != errc::none
                     || reason.category() == caf::type_id_v<caf::exit_reason>);
    loss_->set(ended ? errc::closed : errc::node_lost);
    for (auto& [addr, theirs] : proxies_)
      theirs.end.give_up();
    // What they wait for is broken off, which we hear of.
    proxies_.clear();
    remote_ = Handle{};
    loss_->settle();
  }

  /// The interface that an actor has for those of its own node.
  using full_handle = std::conditional_t<
    std::is_same_v<Handle, member_actor>, full_member_actor,
    std::conditional_t<std::is_same_v<Handle, connection_actor>,
                       full_connection_actor, Handle>>;

  /// Whether an actor of this node wants to know who asks.
  template <class... Args>
  static constexpr bool names_caller = (std::is_same_v<Handle, connection_actor> && (std::is_same_v<std::tuple<Args...>, std::tuple<execute_atom, request>> || std::is_same_v<std::tuple<Args...>, std::tuple<acquire_atom, caf::timespan>> || std::is_same_v<std::tuple<Args...>, std::tuple<caf::open_atom, connection_params, caf::timespan>>))
                                       || (std::is_same_v<
                                             Handle,
                                             member_actor> && std::is_same_v<std::tuple<Args...>, std::tuple<caf::open_atom, connection_key, connection_params, caf::timespan>>);

  /// Asks an actor of this node.
  template <class... Args>
  auto request_for(const caf::strong_actor_ptr& caller, Args&&... args) {
    if constexpr (names_caller<std::decay_t<Args>...>)
      return requests_.ask(caf::actor_cast<full_handle>(remote_),
                           std::forward<Args>(args)..., caller);
    else
      return requests_.ask(remote_, std::forward<Args>(args)...);
  }

  const Handle& proxy_of(const caf::strong_actor_ptr& caller) {
    auto addr = caf::actor_cast<caf::actor_addr>(caller);
    auto i = proxies_.find(addr);
    if (i == proxies_.end()) {
      using impl = typename Handle::template stateful_impl<proxy_state<Handle>>;
      Handle made = self_->system().template spawn<impl>(remote_);
      i = proxies_.emplace(addr, proxy{owned<Handle>{made}, {}}).first;
      if (caller)
        i->second.end = {self_, callers_, caller,
                         [this, weak = std::weak_ptr{alive_}, addr] {
                           if (!weak.expired())
                             proxies_.erase(addr);
                         }};
    }
    return i->second.actor.get();
  }

  pointer self_;
  timers& timers_;
  request_table& requests_;
  caller_monitor_actor callers_;
  Handle remote_;
  bool own_;
  std::shared_ptr<remote_loss> loss_;
  /// Expires with this, as the loss, which requests hold, does not.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  compat::watch watch_;
  /// Not hashed: of no caller there is nothing to hash.
  std::map<caf::actor_addr, proxy> proxies_;
};

} // namespace tieline
