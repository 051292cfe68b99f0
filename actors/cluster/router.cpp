#include "tieline/actors/cluster/router.hpp"

#include "tieline/actors/cluster/aggregate.hpp"
#include "tieline/actors/cluster/cluster_subscriptions.hpp"
#include "tieline/actors/cluster/member.hpp"
#include "tieline/actors/cluster/peers.hpp"
#include "tieline/actors/cluster/pending_replies.hpp"
#include "tieline/actors/cluster/routed_connections.hpp"
#include "tieline/actors/cluster/routed_requests.hpp"
#include "tieline/actors/cluster/router_end.hpp"
#include "tieline/actors/runtime/cancelable_waits.hpp"
#include "tieline/actors/runtime/fan_in.hpp"
#include "tieline/actors/runtime/forwarding.hpp"
#include "tieline/actors/runtime/open_each.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
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
using outcome = caf::expected<maybe_connection>;

/// How long a router that has left answers the other nodes.
constexpr caf::timespan linger = 1s;

/// How long a node that leaves may need when the time for work is over: the
/// longest `close-timeout`.
constexpr caf::timespan longest_close = 10min;

class router_state {
public:
  static inline const char* name = "tieline.router";

  router_state(full_router_actor::pointer self, std::string own_name,
               manager_actor manager, coordinator_actor coordinator,
               member_connector connector, const cluster_settings& how,
               membership_report report)
    : self_(self),
      manager_(std::move(manager)),
      how_(how),
      timer_(spawn_timer(self->system())),
      timers_(self->system(), self->ctrl(), timer_),
      callers_(spawn_caller_monitor(self->system())),
      asked_(self),
      member_(
        spawn_member(self->system(), own_name, manager_, coordinator, how)),
      peers_(self, {timers_, asked_, callers_}, std::move(own_name),
             member_.get(), std::move(connector),
             [this](const std::string& node) {
               subscriptions_.tell_all(node);
             }),
      subscriptions_(timers_, peers_, how_.look_interval),
      connections_(self->system(), self->ctrl(), timer_, callers_),
      requests_(self, timers_, callers_, peers_, open_, coordinator,
                how_.move_timeout, trouble_),
      report_(std::move(report)) {
    compat::monitor(self_, member_.get(),
                    [this](const caf::error& reason) { fail(reason); });
    compat::request(self_, coordinator, caf::infinite, caf::subscribe_atom_v,
                    view_listener_actor{self_})
      .then([] {}, [](const caf::error&) {});
  }

  full_router_actor::behavior_type make_behavior() {
    return forwarding_behavior<full_router_actor>::trap_exit(
      self_,
      [this](const caf::error& reason) { end_.stop(reason, caf::timespan{0}); },
      this);
  }

  /// A message: to one of those below if it is ours, to the owner of the key
  /// that it names, or else to all nodes.
  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    return serve<Result>(args...);
  }

private:
  template <class Result, class... Args>
  caf::result<Result> serve(Args&... args) {
    if constexpr (has_key<Args...>)
      return for_key<Result>(args...);
    else
      return for_all<Result>(Result{}, args...);
  }

  template <class Result>
  caf::typed_response_promise<Result> make_promise() {
    return self_->make_response_promise<caf::typed_response_promise<Result>>();
  }

  // -- what concerns a key ----------------------------------------------------

  template <class Result, class... Args>
  caf::result<Result> for_key(Args&... args) {
    auto caller = self_->current_sender();
    auto promise = make_promise<Result>();
    auto key = std::get<connection_key&>(std::tie(args...));
    requests_.send<Result>(
      caller, key,
      [promise](caf::expected<Result> got) mutable {
        promise.deliver(std::move(got));
      },
      args...);
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(caf::close_atom& close, connection_key& key) {
    auto caller = self_->current_sender();
    auto promise = make_promise<bool>();
    auto which = key;
    requests_.send<bool>(
      caller, which,
      [this, promise, which](caf::expected<bool> got) mutable {
        if (got && *got)
          connections_.close(which);
        promise.deliver(std::move(got));
      },
      close, key);
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(caf::get_atom& get, connection_key& key) {
    return find(key, get, key);
  }

  template <class Result>
  caf::result<Result> serve(get_or_create_atom& get, connection_key& key) {
    return find(key, get, key);
  }

  template <class Result>
  caf::result<Result> serve(caf::open_atom&, connection_key& key,
                            connection_params& params, caf::timespan& timeout) {
    auto caller = self_->current_sender();
    auto promise = make_promise<maybe_connection>();
    open_then(caller, key, params, timeout, [promise](outcome got) mutable {
      promise.deliver(std::move(got));
    });
    return promise;
  }

  template <class Result>
  caf::result<Result>
  serve(caf::open_atom& open, connection_key& key, connection_params& params) {
    auto by_settings = caf::timespan{0};
    return serve<Result>(open, key, params, by_settings);
  }

  template <class Result>
  caf::result<Result>
  serve(caf::open_atom& open, std::vector<open_item>& items) {
    auto by_settings = caf::timespan{0};
    return serve<Result>(open, items, by_settings);
  }

  /// On the connection that follows its key, which repeats what has certainly
  /// not begun.
  template <class Result>
  caf::result<Result> serve(execute_atom&, connection_key& key,
                            connection_params& params, request& what) {
    auto caller = self_->current_sender();
    auto promise = make_promise<reply>();
    auto timeout = what.timeout;
    auto due = timers_.after(timeout, timeout);
    auto number = waits_.add(key, what.tag,
                             [promise](const caf::error& reason) mutable {
                               promise.deliver(reason);
                             });
    open_then(caller, key, params, timeout,
              [this, promise, key, timeout, due, number,
               what = std::move(what)](outcome got) mutable {
                if (!waits_.take(number))
                  return;
                if (!got) {
                  promise.deliver(std::move(got.error()));
                } else if (!*got) {
                  promise.deliver(
                    make_error(errc::factory_not_set, {key, step::create, {}}));
                } else {
                  // Zero would mean the settings.
                  if (timeout.count() > 0)
                    what.timeout = std::max<caf::timespan>(due - timers_.now(),
                                                           caf::timespan{1});
                  promise.delegate(**got, execute_atom_v, std::move(what));
                }
              });
    return promise;
  }

  /// Those that wait here for their connection, and those at the owner.
  template <class Result>
  caf::result<Result>
  serve(cancel_atom& cancel, connection_key& key, std::string& tag) {
    auto caller = self_->current_sender();
    auto promise = make_promise<uint64_t>();
    auto which = key;
    auto here = waits_.cancel(&which, tag, canceled(which));
    requests_.send<uint64_t>(
      caller, which,
      [promise, here](caf::expected<uint64_t> there) mutable {
        if (there)
          promise.deliver(*there + here);
        else if (here > 0)
          promise.deliver(here);
        else
          promise.deliver(std::move(there.error()));
      },
      cancel, key, tag);
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(cancel_atom& cancel, std::string& tag) {
    auto here = waits_.cancel(nullptr, tag, canceled({}));
    return for_all<Result, cancel_atom, std::string>(here, cancel, tag);
  }

  static caf::error canceled(const connection_key& key) {
    return canceled_by("cancel", key, step::open, "by its tag");
  }

  template <class Result>
  caf::result<Result> serve(caf::open_atom&, std::vector<open_item>& items,
                            caf::timespan& timeout) {
    auto caller = self_->current_sender();
    auto promise = make_promise<Result>();
    open_each(items, promise,
              [&](open_item& item, std::function<void(outcome)> then) {
                open_then(caller, std::move(item.key), std::move(item.params),
                          timeout, std::move(then));
              });
    return promise;
  }

  template <class... Args>
  caf::result<maybe_connection> find(connection_key key, Args&... args) {
    auto caller = self_->current_sender();
    auto promise = make_promise<maybe_connection>();
    requests_.send<maybe_connection>(
      caller, key,
      [this, promise, key](outcome got) mutable {
        if (is_there(got))
          stand_in(**got, key);
        promise.deliver(std::move(got));
      },
      args...);
    return promise;
  }

  void open_then(const caf::strong_actor_ptr& caller, connection_key key,
                 connection_params params, caf::timespan timeout,
                 std::function<void(outcome)> then) {
    auto open = caf::open_atom_v;
    auto which = key;
    auto with = params;
    requests_.send<maybe_connection>(
      caller, which,
      [this, which, with = std::move(with),
       then = std::move(then)](outcome got) mutable {
        if (is_there(got))
          stand_in(**got, which, std::move(with));
        then(std::move(got));
      },
      open, key, params, timeout);
  }

  /// Returns whether it may have been done for all that.
  static bool in_doubt(const caf::error& reason) {
    auto code = code_of(reason);
    return code == errc::node_lost || code == errc::connection_lost
           || code == errc::canceled || code == errc::timeout;
  }

  /// A transport that surely nobody has taken ends. What was there before is
  /// closed.
  template <class Result>
  caf::result<Result>
  serve(insert_atom& insert, connection_key& key, transport_actor& transport) {
    auto caller = self_->current_sender();
    auto promise = make_promise<maybe_connection>();
    auto which = key;
    requests_.send<maybe_connection>(
      caller, which,
      [this, promise, which, given = transport](outcome got) mutable {
        if (!got && !in_doubt(got.error())) {
          owned{std::move(given)}.reset();
        } else if (is_there(got)) {
          *got = connection_actor{connections_.of(which)};
          connections_.close(which);
        }
        promise.deliver(std::move(got));
      },
      insert, key, transport);
    return promise;
  }

  /// Another node may say anything.
  static bool is_there(outcome& got) {
    if (got && *got && !**got)
      got->reset();
    return got && *got;
  }

  /// Puts the stand-in for a connection in its place.
  template <class... Params>
  void stand_in(connection_actor& found, const connection_key& key,
                Params... params) {
    auto result = connections_.of(key);
    compat::send(self_, result, put_atom_v, std::move(found),
                 std::move(params)...);
    found = result;
  }

  // -- for the stand-ins ------------------------------------------------------

  template <class Result>
  caf::result<Result> serve(closed_atom&, connection_key& key) {
    connections_.closed(key, self_->current_sender());
    return caf::unit;
  }

  template <class Result>
  caf::result<Result> serve(resolve_atom&, connection_key& key) {
    auto get = get_or_create_atom_v;
    return for_key<Result>(get, key);
  }

  template <class Result>
  caf::result<Result> serve(resolve_atom&, connection_key& key,
                            connection_params& params, caf::timespan& timeout) {
    auto open = caf::open_atom_v;
    return for_key<Result>(open, key, params, timeout);
  }

  // -- what concerns all ------------------------------------------------------

  template <class Result>
  pending_reply<Result> note_promise() {
    return {open_, make_promise<Result>()};
  }

  /// @param sum what the answers of all nodes are added to
  template <class Result, class... Args>
  caf::result<Result> for_all(Result sum, Args&... args) {
    auto caller = self_->current_sender();
    auto promise = note_promise<Result>();
    auto last_reason = std::make_shared<caf::error>();
    auto all = fan_in<Result>::make(
      [promise, last_reason,
       sum = std::move(sum)](std::vector<Result> got) mutable {
        if (got.empty() && *last_reason) {
          promise.deliver(std::move(*last_reason));
          return;
        }
        for (auto&& one : got)
          merge(sum, one);
        promise.deliver(std::move(sum));
      });
    for (auto& [name, here] : peers_) {
      all->expect();
      ask_node<Result>(
        here, {}, caller, [all](Result& got) { all->arrived(std::move(got)); },
        [all, last_reason](caf::error reason) {
          *last_reason = std::move(reason);
          all->arrived();
        },
        args...);
    }
    all->close();
    return promise;
  }

  template <class Result>
  caf::result<Result>
  serve(caf::subscribe_atom& subscribe, listener_actor& who) {
    selector all;
    return serve<Result>(subscribe, who, all);
  }

  template <class Result>
  caf::result<Result>
  serve(caf::subscribe_atom&, listener_actor& who, selector& what) {
    if (!who)
      return make_error(
        errc::invalid_request,
        {{}, step::none, "there is no listener in the message"});
    auto caller = self_->current_sender();
    auto promise = note_promise<void>();
    subscriptions_.add(caller, who, std::move(what),
                       [promise]() mutable { promise.deliver(); });
    return promise;
  }

  template <class Result>
  caf::result<Result> serve(caf::unsubscribe_atom&, listener_actor& who) {
    if (!who)
      return false;
    auto caller = self_->current_sender();
    auto promise = note_promise<bool>();
    subscriptions_.remove(caller, who, [promise](bool told) mutable {
      promise.deliver(told);
    });
    return promise;
  }

  // -- the cluster ------------------------------------------------------------

  template <class Result>
  caf::result<Result> serve(nodes_atom&) {
    auto caller = self_->current_sender();
    auto promise = note_promise<Result>();
    auto all = fan_in<node_status>::make([promise](Result got) mutable {
      std::sort(got.begin(), got.end(),
                [](auto& x, auto& y) { return x.node.name < y.node.name; });
      promise.deliver(std::move(got));
    });
    for (auto& [name, here] : peers_) {
      all->expect();
      ask_node<node_status>(
        here, {}, caller,
        [all](node_status& got) { all->arrived(std::move(got)); },
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
  serve(leave_atom& leave, std::string& who, caf::timespan& within) {
    // Closing comes when the time for work is over.
    return tell_node(
      who, timers_.after(within, how_.hand_over_timeout) + longest_close, leave,
      within);
  }

  template <class Result>
  caf::result<Result> serve(leave_atom& leave, std::string& who) {
    auto by_settings = caf::timespan{0};
    return serve<Result>(leave, who, by_settings);
  }

  template <class Result>
  caf::result<Result> serve(join_atom& join, std::string& who) {
    return tell_node(who, timers_.now() + how_.move_timeout, join);
  }

  template <class... Args>
  caf::result<void>
  tell_node(const std::string& who, timers::time_point due, Args... args) {
    const auto* to = peers_.find(who);
    if (to == nullptr)
      return make_error(errc::invalid_request,
                        {{}, step::none, "there is no node '" + who + "'"});
    auto caller = self_->current_sender();
    auto promise = note_promise<void>();
    ask_node<void>(
      *to, due, caller, [promise]() mutable { promise.deliver(); },
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
    keep_one_of_each_name(view.nodes);
    may_own_ = view.may_own;
    report();
    peers_.show(view.nodes);
    return compat::delegate(self_, member_.get(), std::move(view));
  }

  template <class Result>
  caf::result<Result> serve(explain_atom& atom, caf::error& trouble) {
    trouble_ = trouble;
    report();
    return compat::delegate(self_, member_.get(), atom, std::move(trouble));
  }

  /// Until the node has joined, that there is no trouble says nothing.
  void report() {
    if (!report_ || (!trouble_ && !may_own_)
        || (reported_ && *reported_ == trouble_))
      return;
    reported_ = trouble_;
    report_(trouble_);
  }

  // -- the end ----------------------------------------------------------------

  template <class Result>
  caf::result<Result> serve(shutdown_atom& shutdown) {
    auto by_settings = caf::timespan{0};
    return serve<Result>(shutdown, by_settings);
  }

  template <class Result>
  caf::result<Result> serve(shutdown_atom&, caf::timespan& within) {
    auto promise = make_promise<void>();
    end_.shutdown(promise, within);
    return promise;
  }

  router_end::steps steps_of_end() {
    router_end::steps result;
    result.begin = [this] { requests_.stop(); };
    result.hand_over = [this](caf::timespan within,
                              const std::function<void()>& then) {
      compat::request(self_, member_actor{member_.get()}, caf::infinite,
                      leave_atom_v, within)
        .then(then, [then](const caf::error&) { then(); });
    };
    result.linger = [this] {
      return peers_.size() > 1 ? linger : caf::timespan{0};
    };
    result.end_manager = [this](caf::timespan within,
                                const std::function<void()>& then) {
      compat::request(self_, manager_, caf::infinite, shutdown_atom_v, within)
        .then(then, [then](const caf::error&) { then(); });
    };
    result.answer_all = [this] {
      open_.fail_all(
        make_error(errc::closed, {{}, step::none, "the router has ended"}));
    };
    result.quit = [this](const caf::error& reason) { self_->quit(reason); };
    return result;
  }

  /// The member has ended by itself, and has told the manager to shut down
  /// unless all is closed.
  void fail(const caf::error& reason) {
    end_.fail(make_error(
      errc::node_lost,
      {{}, step::none, "the member has ended: " + to_string(reason)}));
  }

  full_router_actor::pointer self_;
  manager_actor manager_;
  cluster_settings how_;
  /// Not owned: connections we gave away still use it when we have ended.
  timer_actor timer_;
  timers timers_;
  caller_monitor_actor callers_;
  request_table asked_;
  owned<full_member_actor> member_;

  peers peers_;
  cluster_subscriptions subscriptions_;
  routed_connections connections_;
  pending_replies open_;
  routed_requests requests_;
  cancelable_waits waits_;

  membership_report report_;
  bool may_own_ = false;
  /// What is in the way of this node.
  caf::error trouble_;
  /// What it was told last.
  std::optional<caf::error> reported_;

  router_end end_{timers_, steps_of_end()};
};

} // namespace

full_router_actor
spawn_router(caf::actor_system& sys, std::string name, manager_actor manager,
             coordinator_actor coordinator, member_connector connector,
             const cluster_settings& how, membership_report report) {
  using impl = full_router_actor::stateful_impl<router_state>;
  return sys.spawn<impl>(std::move(name), std::move(manager),
                         std::move(coordinator), std::move(connector), how,
                         std::move(report));
}

} // namespace tieline
