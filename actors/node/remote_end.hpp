#pragma once

#include "tieline/actors/context.hpp"
#include "tieline/actors/node/courier.hpp"

#include <caf/actor_addr.hpp>
#include <caf/exit_reason.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace tieline {

/// An actor on another node, as a local stand-in for it sees it: asks it on
/// behalf of callers, and knows when it is lost. Lives in the stand-in's actor.
///
/// Each caller has a courier of its own, so that the other node sees callers
/// one by one: it takes turns between them, and drops what a caller that has
/// ended still waits for.
template <class Handle>
class remote_end {
public:
  using pointer = typename Handle::pointer;

  /// @param where for people, e.g. `host:port`
  /// @param on_lost called once, after all who wait were answered
  remote_end(pointer self, Handle remote, std::string where,
             std::function<void()> on_lost)
    : self_(self),
      remote_(std::move(remote)),
      state_(std::make_shared<state>()) {
    state_->where = std::move(where);
    watch_ = {self_, caf::actor_cast<caf::actor>(remote_),
              [this, weak = std::weak_ptr{state_},
               on_lost = std::move(on_lost)](const caf::error& reason) {
                if (auto here = weak.lock()) {
                  lose(reason);
                  on_lost();
                }
              }};
  }

  remote_end(const remote_end&) = delete;

  remote_end& operator=(const remote_end&) = delete;

  ~remote_end() {
    watch_.give_up();
    for (auto& [addr, theirs] : couriers_)
      theirs.end.give_up();
  }

  /// Returns whether it has not been lost.
  bool there() const noexcept {
    return state_->lost == errc::none;
  }

  /// Returns whether it has ended in good order, or was ended there.
  bool ended() const noexcept {
    return state_->lost == errc::closed;
  }

  /// Returns the error for a request that comes after the loss.
  caf::error loss(const connection_key& key) const {
    return state_->error(key);
  }

  /// Asks it. Calls `done(value)`, or `done()` if there is none, or
  /// `failed(error)`, once.
  template <class Result, class Done, class Failed, class... Args>
  void ask(const caf::strong_actor_ptr& caller, const connection_key& key,
           Done done, Failed failed, Args&&... args) {
    if (!there()) {
      failed(loss(key));
      return;
    }
    auto sent = compat::request(self_, courier_of(caller), caf::infinite,
                                std::forward<Args>(args)...);
    auto on_error = [key, failed, state = state_](caf::error& reason) mutable {
      if (code_of(reason) == errc::none
          && (state->lost != errc::none || tells_of_an_end(reason)
              || reason.category() == caf::type_id_v<caf::exit_reason>))
        failed(state->error(key));
      else
        failed(std::move(reason));
    };
    std::move(sent).then(std::move(done), std::move(on_error));
  }

private:
  struct state {
    errc lost = errc::none;
    std::string where;

    caf::error error(const connection_key& key) const {
      auto code = lost == errc::none ? errc::node_lost : lost;
      return make_error(code, {key, step::none, where});
    }
  };

  struct courier {
    owned<Handle> actor;
    compat::watch end;
  };

  void lose(const caf::error& reason) {
    auto ended = !reason.empty() && !is_loss_of_node(reason)
                 && (code_of(reason) != errc::none
                     || reason.category() == caf::type_id_v<caf::exit_reason>);
    state_->lost = ended ? errc::closed : errc::node_lost;
    for (auto& [addr, theirs] : couriers_)
      theirs.end.give_up();
    // What they wait for is broken off, which we hear of.
    couriers_.clear();
    remote_ = Handle{};
  }

  const Handle& courier_of(const caf::strong_actor_ptr& caller) {
    auto addr = caf::actor_cast<caf::actor_addr>(caller);
    auto i = couriers_.find(addr);
    if (i == couriers_.end()) {
      using impl =
        typename Handle::template stateful_impl<courier_state<Handle>>;
      Handle made = self_->system().template spawn<impl>(remote_);
      i = couriers_.emplace(addr, courier{owned<Handle>{made}, {}}).first;
      if (caller)
        i->second.end
          = {self_, caf::actor_cast<caf::actor>(caller),
             [this, weak = std::weak_ptr{state_}, addr](const caf::error&) {
               if (auto here = weak.lock())
                 couriers_.erase(addr);
             }};
    }
    return i->second.actor.get();
  }

  pointer self_;
  Handle remote_;
  std::shared_ptr<state> state_;
  compat::watch watch_;
  /// Not hashed: of no caller there is nothing to hash.
  std::map<caf::actor_addr, courier> couriers_;
};

} // namespace tieline
