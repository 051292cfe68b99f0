#include "tieline/actors/cluster/router.hpp"

#include "tieline/actors/agenda.hpp"
#include "tieline/actors/cluster/member.hpp"
#include "tieline/actors/cluster/not_owner.hpp"
#include "tieline/actors/cluster/routed_connection.hpp"
#include "tieline/actors/cluster/shards.hpp"
#include "tieline/actors/gathering.hpp"
#include "tieline/actors/node/forwarding.hpp"
#include "tieline/actors/node/remote_end.hpp"
#include "tieline/actors/owned.hpp"
#include "tieline/actors/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using namespace std::chrono_literals;
using maybe_connection = std::optional<connection_actor>;

/// Waits before a request is sent again, doubled each time.
constexpr caf::timespan first_wait = 50ms;
constexpr caf::timespan longest_wait = 1s;

connection_counters& operator+=(connection_counters& x,
                                const connection_counters& y) {
  x.create_calls += y.create_calls;
  x.open_calls += y.open_calls;
  x.close_calls += y.close_calls;
  x.open_failures += y.open_failures;
  x.losses += y.losses;
  x.evictions += y.evictions;
  return x;
}

// How the answers of all nodes become one.

void merge(bool& all, bool one) {
  all = all || one;
}

void merge(uint64_t& all, uint64_t one) {
  all += one;
}

void merge(counters_snapshot& all, const counters_snapshot& one) {
  for (const auto& [name, counters] : one)
    all[name] += counters;
}

void merge(std::optional<connection_counters>& all,
           const std::optional<connection_counters>& one) {
  if (one)
    all = all ? * all += *one : *one;
}

void merge(std::vector<connection_status>& all,
           std::vector<connection_status>& one) {
  auto middle = static_cast<std::ptrdiff_t>(all.size());
  std::move(one.begin(), one.end(), std::back_inserter(all));
  std::inplace_merge(all.begin(), all.begin() + middle, all.end(),
                     [](auto& x, auto& y) { return x.key < y.key; });
}

class router_state {
public:
  static inline const char* name = "tieline.router";

  router_state(full_router_actor::pointer self, std::string own_name,
               manager_actor manager, coordinator_actor coordinator,
               member_link link, const cluster_settings& how)
    : self_(self),
      own_name_(std::move(own_name)),
      manager_(std::move(manager)),
      coordinator_(std::move(coordinator)),
      link_(std::move(link)),
      how_(how),
      timer_(spawn_timer(self->system())),
      agenda_(self->system(), self->ctrl(), timer_),
      member_(spawn_member(self->system(), own_name_, manager_,
                           coordinator_.get(), how)) {
    cluster_node me;
    me.name = own_name_;
    note(me);
    compat::request(self_, coordinator_.get(), caf::infinite,
                    caf::subscribe_atom_v, view_listener_actor{self_})
      .then([] {}, [](const caf::error&) {});
  }

  full_router_actor::behavior_type make_behavior() {
    return forwarding_behavior<full_router_actor>::trap_exit(
      self_,
      [this](const caf::error& reason) {
        stop(caf::timespan{0}, [this, reason] { self_->quit(reason); });
      },
      this);
  }

  /// A message: to one of those below if it is ours, to the owner of the key
  /// that it names, or else to all nodes.
  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    return serve<Result>(args...);
  }

private:
  using end_type = remote_end<member_actor, full_router_actor::pointer>;
  using done_promise = caf::typed_response_promise<void>;

  /// How a node is asked.
  struct peer {
    peer(full_router_actor::pointer self, agenda& when, member_actor to,
         bool owns, const std::string& name)
      : link(owns ? to : member_actor{}),
        end(self, when, std::move(to), "node " + name, [] {}) {
      // nop
    }

    owned<member_actor> link;
    end_type end;
  };

  struct node {
    cluster_node what;
    /// Of a peer, which lives as long as somebody waits for an answer of it.
    std::shared_ptr<end_type> end;
  };

  /// A request that goes after the owner of its key.
  template <class Result, class... Args>
  struct errand {
    caf::strong_actor_ptr caller;
    connection_key key;
    /// Until when it is sent again.
    agenda::time_point until;
    std::function<void(caf::expected<Result>)> then;
    std::tuple<Args...> args;
    /// When the caller's own time is over, if it has one.
    std::optional<agenda::time_point> due;
    /// Who is said to be the owner; empty: who should be.
    std::string owner;
    caf::timespan wait = first_wait;
  };

  // -- what concerns a key ----------------------------------------------------

  template <class Result, class... Args>
  caf::result<Result> serve(Args&... args) {
    if constexpr (has_key<Args...>)
      return for_key<Result>(args...);
    else
      return for_all<Result>(args...);
  }

  template <class Result, class... Args>
  caf::result<Result> for_key(Args&... args) {
    auto caller = self_->current_sender();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<Result>>();
    auto key = std::get<connection_key&>(std::tie(args...));
    auto stays = stand_in_after(args...);
    send<Result>(
      caller, key,
      [promise, stays](caf::expected<Result> got) mutable {
        if constexpr (std::is_same_v<Result, maybe_connection>)
          if (got && *got)
            *got = stays(**got);
        promise.deliver(std::move(got));
      },
      args...);
    return promise;
  }

  template <class Result, class... Args>
  void send(const caf::strong_actor_ptr& caller, const connection_key& key,
            std::function<void(caf::expected<Result>)> then, Args&... args) {
    auto made = std::make_shared<errand<Result, Args...>>();
    made->caller = caller;
    made->key = key;
    auto asked = timeout_in(args...);
    auto now = agenda_.now();
    made->until = now + how_.move_timeout;
    if (asked.count() > 0) {
      made->due = agenda_.after(asked, asked);
      made->until = std::min(made->until, *made->due);
    }
    made->then = std::move(then);
    made->args = std::tuple<Args...>{std::move(args)...};
    go(made);
  }

  /// Returns the timeout of a message; zero or less: it has none.
  template <class... Args>
  static caf::timespan timeout_in(const Args&... args) {
    if constexpr ((std::is_same_v<Args, caf::timespan> || ...))
      return std::get<const caf::timespan&>(std::tie(args...));
    else
      return caf::timespan{0};
  }

  template <class Result, class... Args>
  void go(std::shared_ptr<errand<Result, Args...>> what) {
    const auto& owner = what->owner.empty() ? map_.owner(shard_of(what->key))
                                            : what->owner;
    auto i = nodes_.find(owner);
    if (i == nodes_.end()) {
      auto why = owner.empty() ? std::string{"no node takes keys"}
                               : "node " + owner + " is not known here";
      what->owner.clear();
      later(what, make_error(errc::node_lost, {what->key, step::none, why}));
      return;
    }
    if constexpr ((std::is_same_v<Args, caf::timespan> || ...))
      if (what->due)
        std::get<caf::timespan>(what->args) = std::max<caf::timespan>(
          *what->due - agenda_.now(), caf::timespan{1});
    auto end = i->second.end;
    auto done = [what, end](auto&... got) { what->then({std::move(got)...}); };
    auto failed = [this, what, end, asked = i->first](caf::error reason) {
      refused(what, asked, std::move(reason));
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
  void refused(std::shared_ptr<errand<Result, Args...>> what,
               const std::string& asked, caf::error reason) {
    constexpr auto repeats = !(std::is_same_v<Args, transport_actor> || ...);
    auto code = code_of(reason);
    if (code == errc::not_owner) {
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
      what->then(std::move(reason));
    }
  }

  template <class Result, class... Args>
  void later(std::shared_ptr<errand<Result, Args...>> what,
             const caf::error& reason) {
    auto when = agenda_.now() + what->wait;
    if (when >= what->until || stopping_) {
      what->then(reason);
      return;
    }
    what->wait = std::min(2 * what->wait, longest_wait);
    agenda_.at(when, [this, what] { go(what); });
  }

  /// The coordinator may learn of what we have just met.
  void look_again() {
    auto now = agenda_.now();
    if (now < looked_ + first_wait)
      return;
    looked_ = now;
    compat::send(self_, coordinator_.get(), probe_atom_v);
  }

  // -- connections ------------------------------------------------------------

  /// Returns the stand-in for a connection, always the same while it is held.
  routed_connection_actor stand_in(const connection_key& key) {
    auto& known = stand_ins_[key];
    if (auto held = known.lock())
      return caf::actor_cast<routed_connection_actor>(held);
    auto made = spawn_routed_connection(self_->system(), key,
                                        resolver_actor{self_}, timer_);
    known
      = caf::weak_actor_ptr{caf::actor_cast<caf::strong_actor_ptr>(made).get()};
    forget_some();
    return made;
  }

  void forget_some() {
    if (stand_ins_.size() < stand_ins_limit_)
      return;
    for (auto i = stand_ins_.begin(); i != stand_ins_.end();)
      i = i->second.lock() ? std::next(i) : stand_ins_.erase(i);
    stand_ins_limit_ = std::max<size_t>(64, 2 * stand_ins_.size());
  }

  using stand_in_maker = std::function<connection_actor(connection_actor&)>;

  template <class Atom>
  stand_in_maker stand_in_after(Atom&, connection_key& key) {
    return [this, key](connection_actor& found) -> connection_actor {
      auto result = stand_in(key);
      compat::send(self_, result, put_atom_v, std::move(found));
      return result;
    };
  }

  stand_in_maker stand_in_after(caf::open_atom&, connection_key& key,
                                connection_params& params, caf::timespan&) {
    return [this, key, params](connection_actor& found) -> connection_actor {
      auto result = stand_in(key);
      compat::send(self_, result, put_atom_v, std::move(found), params);
      return result;
    };
  }

  /// What was there before is closed, and follows nobody.
  stand_in_maker stand_in_after(insert_atom&, connection_key&,
                                transport_actor&) {
    return [](connection_actor& found) { return found; };
  }

  template <class Result>
  caf::result<Result> serve(resolve_atom&, connection_key& key) {
    return resolve(key, get_or_create_atom_v, connection_key{key});
  }

  template <class Result>
  caf::result<Result> serve(resolve_atom&, connection_key& key,
                            connection_params& params, caf::timespan& timeout) {
    return resolve(key, caf::open_atom_v, connection_key{key},
                   std::move(params), timeout);
  }

  template <class... Args>
  caf::result<maybe_connection>
  resolve(const connection_key& key, Args... args) {
    auto caller = self_->current_sender();
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    send<maybe_connection>(
      caller, key,
      [promise](caf::expected<maybe_connection> got) mutable {
        promise.deliver(std::move(got));
      },
      args...);
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(caf::open_atom&, std::vector<open_item>& items,
                            caf::timespan& timeout) {
    auto caller = self_->current_sender();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<Result>>();
    auto all = std::make_shared<std::vector<open_outcome>>(items.size());
    auto ready = gathering<caf::unit_t>::make(
      [promise, all](const std::vector<caf::unit_t>&) mutable {
        promise.deliver(std::move(*all));
      });
    for (size_t i = 0; i < items.size(); ++i) {
      auto& item = items[i];
      (*all)[i].key = item.key;
      ready->expect();
      auto open = caf::open_atom_v;
      auto within = timeout;
      auto stays = stand_in_after(open, item.key, item.params, within);
      auto key = item.key;
      send<maybe_connection>(
        caller, key,
        [all, ready, i, stays](caf::expected<maybe_connection> got) {
          if (!got)
            (*all)[i].error = std::move(got.error());
          else if (*got)
            (*all)[i].connection = stays(**got);
          ready->arrived();
        },
        open, item.key, item.params, within);
    }
    ready->close();
    return promise;
  }

  // -- what concerns all ------------------------------------------------------

  template <class Result, class... Args>
  caf::result<Result> for_all(Args&... args) {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<Result>>();
    auto last_reason = std::make_shared<caf::error>();
    auto all = gathering<Result>::make(
      [promise, last_reason](std::vector<Result> got) mutable {
        if (got.empty() && *last_reason) {
          promise.deliver(std::move(*last_reason));
          return;
        }
        Result sum{};
        for (auto&& one : got)
          merge(sum, one);
        promise.deliver(std::move(sum));
      });
    for (auto& [name, here] : nodes_) {
      all->expect();
      ask<Result>(
        here, [all](Result& got) { all->arrived(std::move(got)); },
        [all, last_reason](caf::error reason) {
          *last_reason = std::move(reason);
          all->arrived();
        },
        Args{args}...);
    }
    all->close();
    return promise;
  }

  /// Asks one node in the name of who asks us.
  template <class Result, class Done, class Failed, class... Args>
  void ask(node& whom, Done done, Failed failed, Args... args) {
    auto end = whom.end;
    auto caller = self_->current_sender();
    if constexpr (std::is_void_v<Result>)
      end->template ask<void>(
        caller, {}, [done, end]() mutable { done(); },
        [failed, end](caf::error reason) mutable { failed(std::move(reason)); },
        std::move(args)...);
    else
      end->template ask<Result>(
        caller, {}, [done, end](Result& got) mutable { done(got); },
        [failed, end](caf::error reason) mutable { failed(std::move(reason)); },
        std::move(args)...);
  }

  template <class Result>
  caf::result<Result>
  serve(caf::subscribe_atom& atom, listener_actor& who, selector& what) {
    if (!who)
      return make_error(
        errc::invalid_request,
        {{}, step::none, "there is no listener in the message"});
    for (auto i = listeners_.begin(); i != listeners_.end();)
      i = caf::actor_cast<listener_actor>(i->first) ? std::next(i)
                                                    : listeners_.erase(i);
    listeners_[who.address()] = what;
    auto promise = self_->make_response_promise<done_promise>();
    auto all = gathering<caf::unit_t>::make(
      [promise](const std::vector<caf::unit_t>&) mutable {
        promise.deliver();
      });
    for (auto& [name, here] : nodes_) {
      all->expect();
      ask<void>(
        here, [all] { all->arrived(); },
        [all](const caf::error&) { all->arrived(); }, atom, who, what);
    }
    all->close();
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(caf::unsubscribe_atom& atom, listener_actor& who) {
    if (who)
      listeners_.erase(who.address());
    return for_all<Result>(atom, who);
  }

  // -- the cluster ------------------------------------------------------------

  template <class Result>
  caf::result<Result> serve(nodes_atom&) {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<Result>>();
    auto all = gathering<node_status>::make([promise](Result got) mutable {
      std::sort(got.begin(), got.end(),
                [](auto& x, auto& y) { return x.node.name < y.node.name; });
      promise.deliver(std::move(got));
    });
    for (auto& [name, here] : nodes_) {
      all->expect();
      ask<node_status>(
        here, [all](node_status& got) { all->arrived(std::move(got)); },
        [all, what = here.what](caf::error reason) {
          node_status result;
          result.node = what;
          result.node.state = node_state::lost;
          result.reason = std::move(reason);
          all->arrived(std::move(result));
        },
        node_atom_v);
    }
    all->close();
    return promise;
  }

  template <class Result>
  caf::result<Result>
  serve(leave_atom& atom, std::string& who, caf::timespan& within) {
    return tell_node(who, atom, within);
  }

  template <class Result>
  caf::result<Result> serve(join_atom& atom, std::string& who) {
    return tell_node(who, atom);
  }

  template <class... Args>
  caf::result<void> tell_node(const std::string& who, Args... args) {
    auto i = nodes_.find(who);
    if (i == nodes_.end())
      return make_error(errc::invalid_request,
                        {{}, step::none, "there is no node '" + who + "'"});
    auto promise = self_->make_response_promise<done_promise>();
    ask<void>(
      i->second, [promise]() mutable { promise.deliver(); },
      [promise](caf::error reason) mutable {
        promise.deliver(std::move(reason));
      },
      std::move(args)...);
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(local_atom&) {
    return member_actor{member_.get()};
  }

  template <class Result>
  caf::result<Result> serve(put_atom& atom, cluster_node& me) {
    return compat::delegate(self_, member_.get(), atom, std::move(me));
  }

  template <class Result>
  caf::result<Result> serve(cluster_view& view) {
    map_ = shard_map{view.nodes};
    for (auto i = nodes_.begin(); i != nodes_.end();) {
      auto stays = i->first == own_name_
                   || std::any_of(view.nodes.begin(), view.nodes.end(),
                                  [&](auto& x) { return x.name == i->first; });
      i = stays ? std::next(i) : nodes_.erase(i);
    }
    for (const auto& node : view.nodes)
      note(node);
    return compat::delegate(self_, member_.get(), std::move(view));
  }

  void note(const cluster_node& what) {
    auto& here = nodes_[what.name];
    auto same_place = here.what.host == what.host
                      && here.what.port == what.port;
    here.what = what;
    if (here.end && here.end->there() && (same_place || what.name == own_name_))
      return;
    auto is_me = what.name == own_name_;
    auto to = is_me ? member_actor{member_.get()} : link_(what);
    if (!to) {
      nodes_.erase(what.name);
      return;
    }
    auto made = std::make_shared<peer>(self_, agenda_, std::move(to), !is_me,
                                       what.name);
    here.end = std::shared_ptr<end_type>{made, &made->end};
    for (const auto& [addr, wanted] : listeners_)
      if (auto who = caf::actor_cast<listener_actor>(addr))
        here.end->ask<void>(
          nullptr, {}, [] {}, [](const caf::error&) {}, caf::subscribe_atom_v,
          std::move(who), wanted);
  }

  // -- the end ----------------------------------------------------------------

  template <class Result>
  caf::result<Result> serve(shutdown_atom& atom, caf::timespan& within) {
    auto promise = self_->make_response_promise<done_promise>();
    stop(within, [this, promise, atom, within]() mutable {
      auto done = [this, promise]() mutable {
        promise.deliver();
        self_->quit(caf::exit_reason::user_shutdown);
      };
      compat::request(self_, manager_, caf::infinite, atom, within)
        .then(done, [done](const caf::error&) mutable { done(); });
    });
    return promise;
  }

  void stop(caf::timespan within, std::function<void()> then) {
    stopping_ = true;
    compat::request(self_, member_actor{member_.get()}, caf::infinite,
                    leave_atom_v, within)
      .then(then, [then](const caf::error&) { then(); });
  }

  full_router_actor::pointer self_;
  std::string own_name_;
  manager_actor manager_;
  owned<coordinator_actor> coordinator_;
  member_link link_;
  cluster_settings how_;
  /// Not owned: connections we gave away still use it when we have ended.
  timer_actor timer_;
  agenda agenda_;
  owned<full_member_actor> member_;

  shard_map map_;
  std::map<std::string, node> nodes_;
  std::unordered_map<connection_key, caf::weak_actor_ptr> stand_ins_;
  size_t stand_ins_limit_ = 64;
  std::map<caf::actor_addr, selector> listeners_;
  /// When the coordinator was last told to look again.
  agenda::time_point looked_;
  bool stopping_ = false;
};

} // namespace

full_router_actor spawn_router(caf::actor_system& sys, std::string name,
                               manager_actor manager,
                               coordinator_actor coordinator, member_link link,
                               const cluster_settings& how) {
  using impl = full_router_actor::stateful_impl<router_state>;
  return sys.spawn<impl>(std::move(name), std::move(manager),
                         std::move(coordinator), std::move(link), how);
}

} // namespace tieline
