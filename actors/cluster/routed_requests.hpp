#pragma once

#include "tieline/actors/cluster/not_owner.hpp"
#include "tieline/actors/cluster/peers.hpp"
#include "tieline/actors/cluster/pending_replies.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/support/backoff.hpp"

#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tieline {

/// The requests of a router that go after the owner of their key: while there
/// is none, or it cannot be reached or says that it is not the owner, they wait
/// and are sent again.
class routed_requests {
public:
  using time_point = timers::time_point;

  /// @param when, to, open of the same actor; are to live as long
  /// @param patience how long a request is sent again at most
  /// @param trouble what is in the way of this node; is to live as long
  routed_requests(full_router_actor::pointer self, timers& when,
                  caller_monitor_actor callers, const peers& to,
                  pending_replies& open, coordinator_actor coordinator,
                  caf::timespan patience, const caf::error& trouble)
    : self_(self),
      timers_(when),
      callers_(std::move(callers)),
      peers_(to),
      open_(open),
      coordinator_(std::move(coordinator)),
      patience_(patience),
      trouble_(trouble) {
    // nop
  }

  routed_requests(const routed_requests&) = delete;

  routed_requests& operator=(const routed_requests&) = delete;

  /// Sends a request to the owner of the key; calls `then` once, with its
  /// answer.
  template <class Result, class... Args>
  void send(const caf::strong_actor_ptr& caller, const connection_key& key,
            std::function<void(caf::expected<Result>)> then, Args&... args) {
    auto made = std::make_shared<routed_request<Result, Args...>>();
    made->caller = caller;
    made->key = key;
    auto asked = timeout_in(args...);
    made->until = timers_.now() + patience_;
    if (asked.count() > 0) {
      made->due = timers_.after(asked, asked);
      made->until = std::min(made->until, *made->due);
    }
    made->then = std::move(then);
    made->args = std::tuple<Args...>{std::move(args)...};
    made->id = open_.add([made](const caf::error& reason) {
      finish(*made, caf::expected<Result>{
                      made->may_have_begun ? as_begun(reason) : reason});
    });
    go(made);
  }

  /// From now on nothing waits.
  void stop() noexcept {
    stopping_ = true;
  }

private:
  /// Waits before a request is sent again.
  static constexpr backoff waits{std::chrono::milliseconds{50},
                                 std::chrono::seconds{1}};

  template <class Result, class... Args>
  struct routed_request {
    caf::strong_actor_ptr caller;
    connection_key key;
    /// Until when it is sent again.
    time_point until;
    std::function<void(caf::expected<Result>)> then;
    std::tuple<Args...> args;
    /// When the caller's own time is over, if it has one.
    std::optional<time_point> due;
    /// Who is said to be the owner; empty: who should be.
    std::string owner;
    /// An owner was asked, and has not said that it is none.
    bool may_have_begun = false;
    uint64_t waited = 0;
    uint64_t id = 0;
    /// Of the caller, when it has come to waiting.
    std::optional<caller_watch> end;
  };

  /// Returns the timeout of a message; zero or less: it has none.
  template <class... Args>
  static caf::timespan timeout_in(const Args&... args) {
    if constexpr ((std::is_same_v<Args, caf::timespan> || ...))
      return std::get<const caf::timespan&>(std::tie(args...));
    else
      return caf::timespan{0};
  }

  template <class Result, class... Args>
  void go(std::shared_ptr<routed_request<Result, Args...>> what) {
    if (!open_.has(what->id))
      return;
    const auto owner = what->owner.empty() ? peers_.owner(shard_of(what->key))
                                           : what->owner;
    const auto* to = peers_.find(owner);
    if (to == nullptr) {
      auto why = owner.empty() ? std::string{"no node takes keys"}
                               : "node " + owner + " is not known here";
      if (trouble_)
        why += ": " + describe(trouble_);
      what->owner.clear();
      later(what, make_error(errc::node_lost, {what->key, step::none, why}));
      return;
    }
    if constexpr ((std::is_same_v<Args, caf::timespan> || ...))
      if (what->due)
        std::get<caf::timespan>(what->args) = std::max<caf::timespan>(
          *what->due - timers_.now(), caf::timespan{1});
    what->may_have_begun = true;
    auto end = to->end;
    auto done = [this, what, end](auto&... got) {
      answer(what, {std::move(got)...});
    };
    auto failed = [this, what, end, owner](caf::error reason) {
      refused(what, owner, std::move(reason));
    };
    std::apply(
      // Copies: it may have to be sent again.
      [&](auto... args) {
        end->template ask<Result>(what->caller, what->key, done, failed,
                                  std::move(args)...);
      },
      what->args);
  }

  template <class Result, class... Args>
  void refused(std::shared_ptr<routed_request<Result, Args...>> what,
               const std::string& asked, caf::error reason) {
    constexpr auto repeats = !(std::is_same_v<Args, transport_actor> || ...);
    auto code = code_of(reason);
    if (code == errc::not_owner) {
      what->may_have_begun = false;
      auto owner = owner_in(reason);
      auto first_hint = what->owner.empty() && !owner.empty() && owner != asked;
      what->owner = owner == asked ? std::string{} : owner;
      look_again();
      if (first_hint)
        go(what);
      else
        later(what, reason);
    } else if (code == errc::node_lost && repeats) {
      what->owner.clear();
      look_again();
      later(what, reason);
    } else {
      answer(what, {std::move(reason)});
    }
  }

  /// Does nothing the second time.
  template <class Result, class... Args>
  void answer(std::shared_ptr<routed_request<Result, Args...>> what,
              caf::expected<Result> got) {
    if (open_.take(what->id))
      finish(*what, std::move(got));
  }

  template <class Result, class... Args>
  static void
  finish(routed_request<Result, Args...>& what, caf::expected<Result> got) {
    if (what.end)
      what.end->give_up();
    what.then(std::move(got));
  }

  template <class Result, class... Args>
  void later(std::shared_ptr<routed_request<Result, Args...>> what,
             const caf::error& reason) {
    auto when = timers_.now() + waits.wait(what->waited);
    if (when >= what->until || stopping_) {
      answer(what, {reason});
      return;
    }
    if (what->caller && !what->end)
      what->end = caller_watch{
        self_, callers_, what->caller, [this, id = what->id] {
          open_.fail(id, make_error(errc::canceled,
                                    {{}, step::none, "the caller has ended"}));
        }};
    ++what->waited;
    timers_.at(when, [this, what] { go(what); });
  }

  /// The coordinator may learn of what we have just met.
  void look_again() {
    auto now = timers_.now();
    if (now < looked_ + waits.first)
      return;
    looked_ = now;
    compat::send(self_, coordinator_, probe_atom_v);
  }

  full_router_actor::pointer self_;
  timers& timers_;
  caller_monitor_actor callers_;
  const peers& peers_;
  pending_replies& open_;
  coordinator_actor coordinator_;
  caf::timespan patience_;
  const caf::error& trouble_;
  /// When the coordinator was last told to look again.
  time_point looked_;
  bool stopping_ = false;
};

} // namespace tieline
