#include "tieline/actors/cluster/router.hpp"

#include "tieline/actors/agenda.hpp"
#include "tieline/actors/cluster/member.hpp"
#include "tieline/actors/cluster/not_owner.hpp"
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

/// Waits before a request is sent again, doubled each time.
constexpr caf::timespan first_wait = 50ms;
constexpr caf::timespan longest_wait = 1s;

/// How long a router that has left answers the other nodes.
constexpr caf::timespan linger = 1s;

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
      member_(
        spawn_member(self->system(), own_name_, manager_, coordinator_, how)) {
    cluster_node me;
    me.name = own_name_;
    note(me);
    compat::monitor(self_, member_.get(),
                    [this](const caf::error& reason) { fail(reason); });
    compat::request(self_, coordinator_, caf::infinite, caf::subscribe_atom_v,
                    view_listener_actor{self_})
      .then([] {}, [](const caf::error&) {});
  }

  /// Another node that was given a stand-in holds it as long as that lives.
  ~router_state() {
    for (auto& [key, weak] : stand_ins_)
      end_held(weak);
    for (auto& weak : closed_)
      end_held(weak);
  }

  full_router_actor::behavior_type make_behavior() {
    return forwarding_behavior<full_router_actor>::trap_exit(
      self_,
      [this](const caf::error& reason) { stop(reason, caf::timespan{0}); },
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
  using stand_in_map = std::unordered_map<connection_key, caf::weak_actor_ptr>;

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
    uint64_t id = 0;
    /// Of the caller, when it has come to waiting.
    std::optional<compat::watch> end;
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
      [this, promise, key, stays](caf::expected<Result> got) mutable {
        if constexpr (std::is_same_v<Result, maybe_connection>)
          if (got && is_there(*got))
            *got = stays(**got);
        if constexpr (std::is_same_v<
                        std::tuple<Args...>,
                        std::tuple<caf::close_atom, connection_key>>)
          if (got && *got)
            closed(key);
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
    made->id = ++last_errand_;
    errands_.emplace(made->id, [this, made](caf::error reason) {
      answer(made, {std::move(reason)});
    });
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
    if (errands_.count(what->id) == 0)
      return;
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
    auto done = [this, what, end](auto&... got) {
      answer(what, {std::move(got)...});
    };
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
      answer(what, {std::move(reason)});
    }
  }

  /// Does nothing the second time.
  template <class Result, class... Args>
  void answer(std::shared_ptr<errand<Result, Args...>> what,
              caf::expected<Result> got) {
    auto under_way = errands_.extract(what->id);
    if (under_way.empty())
      return;
    if (what->end)
      what->end->give_up();
    what->then(std::move(got));
  }

  template <class Result, class... Args>
  void later(std::shared_ptr<errand<Result, Args...>> what,
             const caf::error& reason) {
    auto when = agenda_.now() + what->wait;
    if (when >= what->until || stopping_) {
      answer(what, {reason});
      return;
    }
    if (what->caller && !what->end)
      what->end
        = compat::watch{self_, caf::actor_cast<caf::actor>(what->caller),
                        [this, id = what->id](const caf::error&) { drop(id); }};
    what->wait = std::min(2 * what->wait, longest_wait);
    agenda_.at(when, [this, what] { go(what); });
  }

  /// Its caller has ended.
  void drop(uint64_t id) {
    if (auto i = errands_.find(id); i != errands_.end()) {
      auto fail = i->second;
      fail(
        make_error(errc::canceled, {{}, step::none, "the caller has ended"}));
    }
  }

  /// The coordinator may learn of what we have just met.
  void look_again() {
    auto now = agenda_.now();
    if (now < looked_ + first_wait)
      return;
    looked_ = now;
    compat::send(self_, coordinator_, probe_atom_v);
  }

  // -- connections ------------------------------------------------------------

  /// Returns the stand-in for a connection, always the same while it is held.
  routed_connection_actor stand_in(const connection_key& key) {
    auto& known = stand_ins_[key];
    if (auto held = known.lock())
      return caf::actor_cast<routed_connection_actor>(held);
    auto made = spawn_routed_connection(self_->system(), key,
                                        route_keeper_actor{self_}, timer_);
    known
      = caf::weak_actor_ptr{caf::actor_cast<caf::strong_actor_ptr>(made).get()};
    forget_some();
    return made;
  }

  /// Who opens the key again gets another stand-in.
  void closed(const connection_key& key) {
    auto i = stand_ins_.find(key);
    if (i == stand_ins_.end())
      return;
    if (auto held = i->second.lock())
      compat::send(self_, caf::actor_cast<routed_connection_actor>(held),
                   closed_atom_v);
    put_aside(i);
  }

  void put_aside(stand_in_map::iterator which) {
    closed_.push_back(std::move(which->second));
    stand_ins_.erase(which);
    if (closed_.size() < closed_limit_)
      return;
    closed_.erase(std::remove_if(closed_.begin(), closed_.end(),
                                 [](auto& x) { return !x.lock(); }),
                  closed_.end());
    closed_limit_ = std::max<size_t>(64, 2 * closed_.size());
  }

  static void end_held(const caf::weak_actor_ptr& weak) {
    if (auto held = weak.lock())
      caf::anon_send_exit(caf::actor_cast<caf::actor>(held),
                          caf::exit_reason::user_shutdown);
  }

  template <class Result>
  caf::result<Result> serve(closed_atom&, connection_key& key) {
    auto i = stand_ins_.find(key);
    auto who = self_->current_sender();
    if (i != stand_ins_.end() && who && i->second.get() == who.get())
      put_aside(i);
    return caf::unit;
  }

  void forget_some() {
    if (stand_ins_.size() < stand_ins_limit_)
      return;
    for (auto i = stand_ins_.begin(); i != stand_ins_.end();)
      i = i->second.lock() ? std::next(i) : stand_ins_.erase(i);
    stand_ins_limit_ = std::max<size_t>(64, 2 * stand_ins_.size());
  }

  /// Another node may say anything.
  static bool is_there(maybe_connection& x) {
    if (x && !*x)
      x.reset();
    return x.has_value();
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
          else if (is_there(*got))
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
        [this, all, name = name,
         addr = who.address()](const caf::error& reason) {
          tell_later(name, addr, reason);
          all->arrived();
        },
        atom, who, what);
    }
    all->close();
    return promise;
  }

  /// Has a node know what a listener wants, as soon as it can be reached.
  void tell_later(const std::string& name, const caf::actor_addr& listener,
                  const caf::error& reason) {
    if (code_of(reason) != errc::node_lost
        || !untold_.emplace(name, listener).second)
      return;
    agenda_.at(agenda_.now() + how_.look_interval, [this, name, listener] {
      untold_.erase({name, listener});
      tell_wishes(name, listener);
    });
  }

  void tell_wishes(const std::string& name, const caf::actor_addr& listener) {
    auto who = caf::actor_cast<listener_actor>(listener);
    auto i = nodes_.find(name);
    if (!who || i == nodes_.end())
      return;
    auto done = [](auto&&...) {};
    auto failed = [this, name, listener](const caf::error& reason) {
      tell_later(name, listener, reason);
    };
    auto end = i->second.end;
    if (auto wanted = listeners_.find(listener); wanted != listeners_.end())
      end->template ask<void>(nullptr, {}, done, failed, caf::subscribe_atom_v,
                              std::move(who), wanted->second);
    else
      end->template ask<bool>(nullptr, {}, done, failed,
                              caf::unsubscribe_atom_v, std::move(who));
  }

  template <class Result>
  caf::result<Result> serve(caf::unsubscribe_atom& atom, listener_actor& who) {
    if (!who)
      return false;
    auto addr = who.address();
    listeners_.erase(addr);
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<bool>>();
    auto all
      = gathering<bool>::make([promise](const std::vector<bool>& told) mutable {
          promise.deliver(std::count(told.begin(), told.end(), true) > 0);
        });
    for (auto& [name, here] : nodes_) {
      all->expect();
      ask<bool>(
        here, [all](bool told) { all->arrived(told); },
        [this, all, name = name, addr](const caf::error& reason) {
          tell_later(name, addr, reason);
          all->arrived();
        },
        atom, who);
    }
    all->close();
    return promise;
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
    auto is_back = here.what.state == node_state::lost
                   && what.state != node_state::lost;
    here.what = what;
    if (here.end && here.end->there()
        && (same_place || what.name == own_name_)) {
      if (is_back)
        tell_all_wishes(what.name);
      return;
    }
    auto is_me = what.name == own_name_;
    auto to = is_me ? member_actor{member_.get()} : link_(what);
    if (!to) {
      nodes_.erase(what.name);
      return;
    }
    auto made = std::make_shared<peer>(self_, agenda_, std::move(to), !is_me,
                                       what.name);
    here.end = std::shared_ptr<end_type>{made, &made->end};
    tell_all_wishes(what.name);
  }

  void tell_all_wishes(const std::string& name) {
    for (const auto& [addr, wanted] : listeners_)
      tell_wishes(name, addr);
  }

  // -- the end ----------------------------------------------------------------

  template <class Result>
  caf::result<Result> serve(shutdown_atom&, caf::timespan& within) {
    auto promise = self_->make_response_promise<done_promise>();
    stoppers_.push_back(promise);
    if (within.count() > 0) {
      auto due = agenda_.after(within, within);
      stop_due_ = std::min(stop_due_.value_or(due), due);
      agenda_.at(due, [this] { end_manager(); });
    }
    stop(caf::exit_reason::user_shutdown, within);
    return promise;
  }

  /// A `shutdown` may come when we are ending already, and takes the manager
  /// along then, too.
  void stop(const caf::error& reason, caf::timespan within) {
    if (std::exchange(stopping_, true))
      return;
    stop_reason_ = reason;
    // Others' requests that are on their way are still to be refused, and what
    // was answered last has to leave.
    auto left = [this] {
      auto wait = nodes_.size() > 1 ? linger : caf::timespan{0};
      agenda_.at(agenda_.now() + wait, [this] {
        stoppers_.empty() && !ending_manager_ ? end() : end_manager();
      });
    };
    compat::request(self_, member_actor{member_.get()}, caf::infinite,
                    leave_atom_v, within)
      .then(left, [left](const caf::error&) { left(); });
  }

  /// The member has ended by itself, and has told the manager to shut down
  /// unless all is closed.
  void fail(const caf::error& reason) {
    stopping_ = true;
    stop_reason_ = make_error(
      errc::node_lost,
      {{}, step::none, "the member has ended: " + to_string(reason)});
    end_manager();
  }

  void end_manager() {
    if (std::exchange(ending_manager_, true))
      return;
    caf::timespan within{0};
    if (stop_due_)
      within = std::max<caf::timespan>(*stop_due_ - agenda_.now(),
                                       caf::timespan{1});
    compat::request(self_, manager_, caf::infinite, shutdown_atom_v, within)
      .then([this] { end(); }, [this](const caf::error&) { end(); });
  }

  void end() {
    for (auto& [id, fail] : std::map{errands_})
      fail(make_error(errc::closed, {{}, step::none, "the router has ended"}));
    for (auto& promise : std::exchange(stoppers_, {}))
      promise.deliver();
    self_->quit(stop_reason_);
  }

  full_router_actor::pointer self_;
  std::string own_name_;
  manager_actor manager_;
  /// The member's to end.
  coordinator_actor coordinator_;
  member_link link_;
  cluster_settings how_;
  /// Not owned: connections we gave away still use it when we have ended.
  timer_actor timer_;
  agenda agenda_;
  owned<full_member_actor> member_;

  shard_map map_;
  std::map<std::string, node> nodes_;
  stand_in_map stand_ins_;
  /// Stand-ins that are not given out any more, but may still be held.
  std::vector<caf::weak_actor_ptr> closed_;
  size_t closed_limit_ = 64;
  size_t stand_ins_limit_ = 64;
  std::map<caf::actor_addr, selector> listeners_;
  /// Nodes that could not be told of a listener yet.
  std::set<std::pair<std::string, caf::actor_addr>> untold_;
  /// When the coordinator was last told to look again.
  agenda::time_point looked_;
  /// How to answer what goes after its key.
  std::map<uint64_t, std::function<void(caf::error)>> errands_;
  uint64_t last_errand_ = 0;

  bool stopping_ = false;
  caf::error stop_reason_;
  bool ending_manager_ = false;
  /// The earliest of those that were asked for.
  std::optional<agenda::time_point> stop_due_;
  std::vector<done_promise> stoppers_;
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
