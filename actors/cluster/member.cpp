#include "tieline/actors/cluster/member.hpp"

#include "tieline/actors/cluster/not_owner.hpp"
#include "tieline/actors/cluster/session_closer.hpp"
#include "tieline/actors/cluster/shard_claims.hpp"
#include "tieline/actors/cluster/shards.hpp"
#include "tieline/actors/registry/queries.hpp"
#include "tieline/actors/runtime/forwarding.hpp"
#include "tieline/actors/runtime/open_each.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/supervisor.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using namespace std::chrono_literals;
using maybe_connection = std::optional<connection_actor>;

/// How often a shard that another node still has is asked for again.
constexpr caf::timespan claim_interval = 200ms;

/// How long that goes on before the caller is told who has it: that node may
/// not know that it should give it up.
constexpr caf::timespan claim_patience = 1s;

class member_state {
public:
  static inline const char* name = "tieline.member";

  member_state(full_member_actor::pointer self, std::string own_name,
               manager_actor manager, coordinator_actor coordinator,
               const cluster_settings& how)
    : self_(self),
      manager_(caf::actor_cast<full_manager_actor>(manager)),
      coordinator_(std::move(coordinator)),
      how_(how),
      timer_(spawn_timer(self->system())),
      timers_(self->system(), self->ctrl(), timer_.get()),
      requests_(self),
      closer_(self, timers_, requests_, view_, manager_) {
    me_.name = std::move(own_name);
    me_.weight = how.weight;
    // Nobody renews what we own any more, or serves it.
    stop_with(coordinator_, "the coordinator", [](const caf::error&) {});
    stop_with(manager_, "the manager", [this](const caf::error& reason) {
      manager_failed_ = reason != caf::exit_reason::normal
                        && reason != caf::exit_reason::user_shutdown;
    });
  }

  /// A coordinator that is told to end gives the lease back, which only those
  /// may have it do who have seen all sessions closed. If we end otherwise, the
  /// manager has to close them while the lease runs out.
  ~member_state() {
    if (!all_closed_)
      compat::anon_send(manager_, shutdown_atom_v,
                        view_.may_own ? how_.close_before / 2
                                      : caf::timespan{1});
    caf::anon_send_exit(coordinator_, all_closed_
                                        ? caf::exit_reason::user_shutdown
                                        : caf::exit_reason::kill);
  }

  full_member_actor::behavior_type make_behavior() {
    return forwarding_behavior<full_member_actor>::trap_exit(
      self_, [this](const caf::error& reason) { stop(reason); }, this);
  }

  /// A message: to one of those below if it is ours, else to the manager.
  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    if constexpr (has_key<Args...>)
      return for_key<Result>(args...);
    else
      return serve(args...);
  }

private:
  /// Is told, once, that the shard is ours (an empty error) or why it is not.
  using continuation = std::function<void(const caf::error&)>;
  using done_promise = caf::typed_response_promise<void>;

  using phase = shard_claims::phase;

  struct waiter {
    timers::id due;
    connection_key key;
    continuation then;
  };

  /// Who waits for a shard to become ours.
  struct queue {
    std::list<waiter> waiting;
    /// When it is asked for again.
    timers::id again{};
  };

  template <class Handle, class OnEnd>
  void stop_with(const Handle& other, const std::string& name, OnEnd on_end) {
    compat::monitor(
      self_, other, [this, name, on_end](const caf::error& reason) {
        on_end(reason);
        stop(make_error(
          errc::node_lost,
          {{}, step::none, name + " has ended: " + to_string(reason)}));
      });
  }

  // -- what concerns a key ----------------------------------------------------

  template <class Atom, class... Args>
  static constexpr bool creates
    = std::is_same_v<
        Atom,
        get_or_create_atom> || std::is_same_v<Atom, caf::open_atom> || std::is_same_v<Atom, execute_atom> || std::is_same_v<Atom, insert_atom>;

  template <class Result, class... Args>
  caf::result<Result> for_key(Args&... args) {
    auto key = std::get<connection_key&>(std::tie(args...));
    auto number = shard_of(key);
    constexpr auto inserts = (std::is_same_v<Args, insert_atom> || ...);
    if (!inserts && view_.may_own && claims_.ours(number))
      return compat::delegate(self_, manager_, std::move(args)...);
    auto until = timers_.now() + patience(args...);
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<Result>>();
    auto then = [this, promise, args = std::tuple{args...}](
                  const caf::error& refused) mutable {
      if (refused)
        promise.deliver(refused);
      else if constexpr (inserts)
        std::apply(
          [&](insert_atom, connection_key& key, transport_actor& transport) {
            closer_.insert(promise, key, std::move(transport));
          },
          args);
      else
        std::apply(
          [&](Args&... xs) { promise.delegate(manager_, std::move(xs)...); },
          args);
    };
    if (view_.may_own && claims_.ours(number)) {
      then({});
      return promise;
    }
    if constexpr (creates<Args...>)
      claim(number, key, until, std::move(then));
    else
      find(number, key, std::move(then));
    return promise;
  }

  template <class... Args>
  caf::timespan patience(const Args&... args) const {
    caf::timespan asked{0};
    if constexpr ((std::is_same_v<Args, caf::timespan> || ...))
      asked = std::get<const caf::timespan&>(std::tie(args...));
    return asked.count() > 0 ? std::min(asked, claim_patience) : claim_patience;
  }

  std::string may_own_nothing() const {
    return "node " + me_.name + " may own nothing now"
           + (trouble_ ? ": " + describe(trouble_) : std::string{});
  }

  /// Returns why a shard cannot become ours; empty if it can.
  caf::error refusal(uint32_t number, const connection_key& key) const {
    if (!view_.may_own)
      return not_owner(key, {}, may_own_nothing(), how_.look_interval);
    const auto& owner = map_.owner(number);
    if (owner != me_.name || claims_.at(number) == phase::handing_over)
      return not_owner(key, owner == me_.name ? std::string{} : owner,
                       "asked was node " + me_.name);
    return {};
  }

  /// Looks up whose a key is that is not ours, without taking it.
  void find(uint32_t number, const connection_key& key, continuation then) {
    // What is to be handed over is still here.
    if (claims_.at(number) == phase::handing_over) {
      then({});
      return;
    }
    requests_.ask(coordinator_, caf::get_atom_v, number)
      .then(
        [this, key, then](const std::string& owner) {
          if (owner.empty() || owner == me_.name)
            then({});
          else
            then(not_owner(key, owner, "asked was node " + me_.name));
        },
        [this, key, then](const caf::error& reason) {
          then(not_known(key, reason));
        });
  }

  /// Returns the error for a key whose owner the coordinator cannot tell now.
  caf::error not_known(const connection_key& key,
                       const caf::error& reason) const {
    return not_owner(key, {}, "the owner is not known now: " + describe(reason),
                     how_.look_interval);
  }

  /// Makes a shard ours, if it is to be.
  void claim(uint32_t number, const connection_key& key,
             timers::time_point until, continuation then) {
    if (auto why = refusal(number, key)) {
      then(why);
      return;
    }
    auto& waiting = queues_[number].waiting;
    auto at = waiting.insert(waiting.end(), {{}, key, std::move(then)});
    at->due = timers_.at(until, [this, number, at] { give_up(number, at); });
    if (claims_.at(number) == phase::free)
      ask(number);
  }

  void give_up(uint32_t number, std::list<waiter>::iterator who) {
    auto late = std::move(*who);
    queues_[number].waiting.erase(who);
    const auto& holder = claims_.holder(number);
    late.then(not_owner(late.key, holder,
                        holder.empty()
                          ? "it took too long to become the owner"
                          : "node " + holder + " has not given it up",
                        how_.look_interval));
  }

  void ask(uint32_t number) {
    auto claim = claims_.ask(number);
    requests_.ask(coordinator_, acquire_atom_v, number)
      .then(
        [this, number, claim](std::string& owner) {
          answered(number, claim, std::move(owner));
        },
        [this, number, claim](const caf::error& reason) {
          if (!claims_.failed(number, claim))
            return;
          free_if_unsure(number);
          for (auto& who : take_waiting(number))
            who.then(not_known(who.key, reason));
        });
  }

  void answered(uint32_t number, uint64_t claim, std::string owner) {
    switch (claims_.answered(number, claim, std::move(owner), me_.name,
                             wanted(number))) {
      case shard_claims::answer::stale:
        break;
      case shard_claims::answer::ours:
        tell(number, {});
        break;
      case shard_claims::answer::unwanted:
        hand_over({number}, 0s);
        break;
      case shard_claims::answer::anothers:
        ask_again(number);
        break;
    }
  }

  /// The one that has it may be giving it up, or be dead until its lease ends.
  void ask_again(uint32_t number) {
    auto& again = queues_[number].again;
    timers_.cancel(again);
    again = timers_.at(timers_.now() + claim_interval, [this, number] {
      if (claims_.at(number) != phase::free || queues_[number].waiting.empty())
        return;
      if (auto why = refusal(number, {}))
        tell(number, why);
      else
        ask(number);
    });
  }

  bool wanted(uint32_t number) const {
    return map_.owner(number) == me_.name;
  }

  void tell(uint32_t number, const caf::error& outcome) {
    for (auto& who : take_waiting(number))
      who.then(outcome ? in_context(who.key, outcome, step::create) : outcome);
  }

  std::list<waiter> take_waiting(uint32_t number) {
    auto result = std::exchange(queues_[number].waiting, {});
    for (auto& who : result)
      timers_.cancel(who.due);
    return result;
  }

  // -- what concerns all ------------------------------------------------------

  template <class... Args>
  auto serve(Args&... args) {
    return compat::delegate(self_, manager_, std::move(args)...);
  }

  caf::result<std::vector<open_outcome>> serve(caf::open_atom& open,
                                               std::vector<open_item>& items) {
    auto by_settings = caf::timespan{0};
    return serve(open, items, by_settings);
  }

  caf::result<std::vector<open_outcome>> serve(caf::open_atom&,
                                               std::vector<open_item>& items,
                                               caf::timespan& timeout) {
    using outcomes = std::vector<open_outcome>;
    auto caller = self_->current_sender();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<outcomes>>();
    open_each(items, promise, [&](open_item& item, auto then) {
      requests_
        .ask(full_member_actor{self_}, caf::open_atom_v, std::move(item.key),
             std::move(item.params), timeout, caller)
        .then([then](maybe_connection& got) mutable { then(std::move(got)); },
              [then](caf::error& reason) mutable { then(std::move(reason)); });
    });
    return promise;
  }

  caf::result<cluster_node> serve(probe_atom&) {
    return me_;
  }

  caf::result<node_status> serve(node_atom&) {
    auto promise
      = self_
          ->make_response_promise<caf::typed_response_promise<node_status>>();
    auto failed = [promise](caf::error& reason) mutable {
      promise.deliver(std::move(reason));
    };
    requests_.ask(manager_, local_atom_v)
      .then(
        [this, promise, failed](const std::vector<connection_key>& all) {
          requests_.ask(manager_, counters_atom_v)
            .then(
              [this, promise,
               count = all.size()](counters_snapshot& counters) mutable {
                node_status result;
                result.node = me_;
                result.reason = trouble_;
                result.connections = count;
                result.counters = std::move(counters);
                result.shards = claims_.held();
                promise.deliver(std::move(result));
              },
              failed);
        },
        failed);
    return promise;
  }

  caf::result<void> serve(put_atom&, cluster_node& me) {
    auto state = me_.state;
    me_ = std::move(me);
    me_.state = state;
    return announce();
  }

  caf::result<void> serve(explain_atom&, caf::error& trouble) {
    trouble_ = std::move(trouble);
    return caf::unit;
  }

  caf::result<void> serve(cluster_view& view) {
    view_ = std::move(view);
    view_.may_own = view_.may_own && !stopping_;
    renew_map();
    if (view_.may_own) {
      hand_over(not_ours_any_more(), how_.hand_over_timeout);
      for (uint32_t i = 0; i < shard_count; ++i)
        free_if_unsure(i);
      return caf::unit;
    }
    auto promise = self_->make_response_promise<done_promise>();
    evacuate([promise]() mutable { promise.deliver(); });
    return promise;
  }

  // -- coming and going -------------------------------------------------------

  caf::result<void> serve(leave_atom& leave) {
    auto by_settings = caf::timespan{0};
    return serve(leave, by_settings);
  }

  caf::result<void> serve(leave_atom&, caf::timespan& within) {
    auto promise = self_->make_response_promise<done_promise>();
    leave(within, [promise]() mutable { promise.deliver(); });
    return promise;
  }

  caf::result<void> serve(join_atom&) {
    me_.state = node_state::alive;
    renew_map();
    return announce();
  }

  void leave(caf::timespan within, std::function<void()> then) {
    me_.state = node_state::leaving;
    renew_map();
    // Whether the others hear of it or not.
    requests_.ask(coordinator_, put_atom_v, me_)
      .then([] {}, [](const caf::error&) {});
    leavers_.push_back(std::move(then));
    hand_over(not_ours_any_more(),
              within.count() > 0 ? within : how_.hand_over_timeout);
  }

  caf::result<void> announce() {
    return compat::delegate(self_, coordinator_, put_atom_v, me_);
  }

  /// What we know of ourselves is newer than the view.
  void renew_map() {
    auto nodes = view_.nodes;
    for (auto& node : nodes)
      if (node.name == me_.name)
        node.state = me_.state;
    map_ = shard_map{nodes};
  }

  std::vector<uint32_t> not_ours_any_more() const {
    auto result = claims_.owned();
    auto stays = [this](uint32_t number) { return wanted(number); };
    result.erase(std::remove_if(result.begin(), result.end(), stays),
                 result.end());
    return result;
  }

  // -- handing over -----------------------------------------------------------

  /// Lets work of these shards end within the time, closes what there is of
  /// them, and gives them back.
  void hand_over(const std::vector<uint32_t>& which, caf::timespan within) {
    auto id = claims_.hand_over(which);
    for (auto number : which)
      tell(number, refusal(number, {}));
    if (which.empty()) {
      answer_leavers();
      return;
    }
    ++handing_over_;
    auto done = [this, id] {
      for (auto number : claims_.closed(id, false))
        free_if_unsure(number);
      --handing_over_;
      answer_leavers();
    };
    closer_.close(
      [which](uint32_t number) {
        return std::binary_search(which.begin(), which.end(), number);
      },
      within, done);
  }

  /// Has the coordinator know that a shard is not ours, until it surely does:
  /// else nobody could have it while we live.
  void free_if_unsure(uint32_t number) {
    if (!view_.may_own || !claims_.release(number, wanted(number)))
      return;
    ++giving_back_;
    auto done = [this] {
      --giving_back_;
      answer_leavers();
    };
    requests_.ask(coordinator_, release_atom_v, number)
      .then(done, [this, number, done](const caf::error&) {
        claims_.not_released(number);
        timers_.at(timers_.now() + claim_interval, [this, number, done] {
          free_if_unsure(number);
          done();
        });
      });
  }

  void answer_leavers() {
    if (handing_over_ == 0 && giving_back_ == 0)
      for (auto& then : std::exchange(leavers_, {}))
        then();
  }

  /// Closes everything now: the shards may be another's before long. What takes
  /// too long to close is ended while there is time.
  void evacuate(std::function<void()> then) {
    auto id = claims_.evacuate();
    auto why = not_owner({}, {}, may_own_nothing(), how_.look_interval);
    for (uint32_t i = 0; i < shard_count; ++i)
      tell(i, why);
    closer_.hurry();
    ++handing_over_;
    auto late = timers_.at(timers_.now() + how_.close_before / 2,
                           [this] { closer_.cut_off(); });
    closer_.close([](uint32_t) { return true; }, 0s,
                  [this, id, late, then] {
                    timers_.cancel(late);
                    claims_.closed(id, true);
                    --handing_over_;
                    answer_leavers();
                    then();
                  });
  }

  void stop(const caf::error& reason) {
    if (std::exchange(stopping_, true))
      return;
    view_.may_own = false;
    // The router that had us may be gone; nobody else has to hold us until all
    // is closed.
    evacuate([this, reason, me = caf::strong_actor_ptr{self_->ctrl()}] {
      all_closed_ = !manager_failed_;
      self_->quit(reason);
    });
  }

  full_member_actor::pointer self_;
  full_manager_actor manager_;
  /// Ours to end: the lease is to outlive the sessions.
  coordinator_actor coordinator_;
  cluster_settings how_;
  owned<timer_actor> timer_;
  timers timers_;

  /// How the cluster is to know us.
  cluster_node me_;
  cluster_view view_;
  /// What is in the way of us.
  caf::error trouble_;
  shard_map map_;
  shard_claims claims_;
  std::array<queue, shard_count> queues_;
  request_table requests_;
  session_closer closer_;

  size_t handing_over_ = 0;
  size_t giving_back_ = 0;
  std::vector<std::function<void()>> leavers_;
  bool stopping_ = false;
  /// Nobody has seen its sessions close.
  bool manager_failed_ = false;
  /// Of a member that may own nothing any more.
  bool all_closed_ = false;
};

} // namespace

full_member_actor
spawn_member(caf::actor_system& sys, std::string name, manager_actor manager,
             coordinator_actor coordinator, const cluster_settings& how) {
  using impl = full_member_actor::stateful_impl<member_state>;
  return sys.spawn<impl>(std::move(name), std::move(manager),
                         std::move(coordinator), how);
}

} // namespace tieline
