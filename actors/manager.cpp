#include "tieline/actors/manager.hpp"

#include "tieline/actors/admission/admission.hpp"
#include "tieline/actors/connection/connection.hpp"
#include "tieline/actors/events/events.hpp"
#include "tieline/actors/events/stats.hpp"
#include "tieline/actors/registry/children.hpp"
#include "tieline/actors/registry/factories.hpp"
#include "tieline/actors/registry/queries.hpp"
#include "tieline/actors/registry/registry.hpp"
#include "tieline/actors/registry/standing_orders.hpp"
#include "tieline/actors/runtime/caller_monitor.hpp"
#include "tieline/actors/runtime/cancelable_waits.hpp"
#include "tieline/actors/runtime/delegation.hpp"
#include "tieline/actors/runtime/gathering.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/actors/runtime/timer.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/admission.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/events.hpp"
#include "tieline/messages/internal/stats.hpp"
#include "tieline/messages/internal/supervisor.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/internal/timer.hpp"
#include "tieline/messages/options/options_of.hpp"
#include "tieline/messages/support/has_interface.hpp"
#include "tieline/messages/support/printable.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using maybe_connection = registry::maybe_connection;
using continuation = registry::continuation;

/// Returns what is wrong with a key; empty if nothing is.
std::string check_key(const connection_key& x) {
  if (auto wrong = check_name(x.hostname); !wrong.empty())
    return "the key's hostname " + wrong;
  if (auto wrong = check_name(x.plugin_name); !wrong.empty())
    return "the key's plugin_name " + wrong;
  return {};
}

class manager_state {
public:
  static inline const char* name = "tieline.manager";

  manager_state(full_manager_actor::pointer self, settings config)
    : self_(self),
      config_(std::move(config)),
      stats_(spawn_stats(self->system())),
      timer_(spawn_timer(self->system())),
      callers_(spawn_caller_monitor(self->system())),
      events_(
        spawn_events(self->system(), config_.event_buffer, config_.node_name)),
      admission_(
        spawn_admission(self->system(), config_, timer_.get(), events_.get())),
      timers_(self->system(), self->ctrl(), timer_.get()),
      requests_(self),
      delegation_(self),
      registry_(timers_, [this](registry::late who) { on_late(who); }),
      queries_(self, registry_, requests_, config_.node_name),
      factories_(self, factory_callbacks()) {
    // nop
  }

  full_manager_actor::behavior_type make_behavior() {
    return compat::trap_exit<full_manager_actor::behavior_type>(
      self_,
      [this](const caf::error& reason) { stop(reason, caf::timespan{0}); },
      [this](caf::get_atom, const connection_key& key) {
        return registry_.find(key);
      },
      [this](get_or_create_atom, connection_key& key) {
        return get_or_create(std::move(key));
      },
      [this](caf::open_atom, const connection_key& key,
             connection_params& params) {
        return open(key, std::move(params), by_settings,
                    self_->current_sender());
      },
      [this](caf::open_atom, const connection_key& key,
             connection_params& params, caf::timespan timeout) {
        return open(key, std::move(params), timeout, self_->current_sender());
      },
      [this](caf::open_atom, const connection_key& key,
             connection_params& params, caf::timespan timeout,
             caf::strong_actor_ptr& caller) {
        return open(key, std::move(params), timeout, std::move(caller));
      },
      [this](caf::open_atom, std::vector<open_item>& items) {
        return open_many(std::move(items), by_settings);
      },
      [this](execute_atom, const connection_key& key, connection_params& params,
             request& what) {
        return execute(key, std::move(params), std::move(what));
      },
      [this](caf::open_atom, std::vector<open_item>& items,
             caf::timespan timeout) {
        return open_many(std::move(items), timeout);
      },
      [this](cancel_atom, const connection_key& key, const std::string& tag) {
        return cancel(&key, tag);
      },
      [this](cancel_atom, const std::string& tag) {
        return cancel(nullptr, tag);
      },
      [this](insert_atom, const connection_key& key,
             transport_actor& transport) {
        return insert(key, std::move(transport));
      },
      [this](caf::close_atom, const connection_key& key) { return close(key); },
      [this](close_all_atom) { return close_all(); },
      [this](set_factory_atom, const std::string& plugin,
             const factory_actor& made) { return set_factory(plugin, made); },
      [this](set_factory_atom, const factory_actor& made) {
        return set_factory(std::nullopt, made);
      },
      [this](remove_factory_atom, const std::string& plugin) {
        return retire_factory(factories_.erase(plugin));
      },
      [this](remove_factory_atom) {
        return retire_factory(factories_.erase(std::nullopt));
      },
      [this](counters_atom, const std::string& plugin) {
        return hand_on<std::optional<connection_counters>>(stats_.get(),
                                                           counters_atom_v,
                                                           plugin);
      },
      [this](counters_atom) {
        return hand_on<counters_snapshot>(stats_.get(), counters_atom_v);
      },
      [this](status_atom, const connection_key& key) {
        return queries_.status(key);
      },
      [this](status_atom) { return queries_.status(selector{}); },
      [this](status_atom, const selector& whom) {
        return queries_.status(whom);
      },
      [this](summary_atom, const selector& whom) {
        return queries_.summary(whom);
      },
      [this](explain_atom, const connection_key& key) {
        return queries_.explain(key);
      },
      [this](explain_atom, const selector& whom) {
        return queries_.explain(whom);
      },
      [this](operate_atom, operation what, const selector& whom) {
        return operate(what, whom, by_settings);
      },
      [this](operate_atom, operation what, const selector& whom,
             caf::timespan window) { return operate(what, whom, window); },
      [this](clear_credential_atom, const std::string& username) {
        return clear_credential(username);
      },
      [this](caf::subscribe_atom, const listener_actor& who) {
        return hand_on<void>(events_.get(), caf::subscribe_atom_v, who,
                             selector{});
      },
      [this](caf::subscribe_atom, const listener_actor& who,
             const selector& what) {
        return hand_on<void>(events_.get(), caf::subscribe_atom_v, who, what);
      },
      [this](caf::unsubscribe_atom, const listener_actor& who) {
        return hand_on<bool>(events_.get(), caf::unsubscribe_atom_v, who);
      },
      [this](shutdown_atom) { return shutdown(by_settings); },
      [this](shutdown_atom, caf::timespan within) { return shutdown(within); },
      [this](make_atom, const connection_key& key) { return make(key); },
      [this](closing_atom, const connection_key& key) {
        if (auto who = self_->current_sender())
          registry_.closing(key, who->id());
      },
      [this](closed_atom, const connection_key& key) {
        on_closed(key, self_->current_sender());
      },
      [this](hand_over_atom, const connection_key& key) {
        return hand_over(key);
      },
      [this](local_atom) { return registry_.keys(); },
      [this](hand_over_atom) { children_.end_all(); });
  }

private:
  using time_point = timers::time_point;

  /// No time of the caller's own.
  static constexpr caf::timespan by_settings{0};

  // -- creation ---------------------------------------------------------------

  caf::result<maybe_connection> get_or_create(connection_key key) {
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    with_connection(key, deadline_in(key, caf::timespan{0}),
                    answer_to(promise));
    return promise;
  }

  static continuation
  answer_to(caf::typed_response_promise<maybe_connection> promise) {
    return [promise](caf::expected<maybe_connection> got) mutable {
      promise.deliver(std::move(got));
    };
  }

  /// Calls `then` with the connection of the key, made if there is none.
  void with_connection(const connection_key& key, time_point deadline,
                       continuation then) {
    if (stopping_) {
      then(failed(errc::closed, key, step::create, "the manager has ended"));
    } else if (auto found = registry_.find(key)) {
      then(std::move(found));
    } else if (auto wrong = check_key(key); !wrong.empty()) {
      then(failed(errc::invalid_params, key, step::create, wrong));
    } else {
      auto ours_to_create = registry_.await(key, deadline, std::move(then));
      if (ours_to_create)
        create(key);
    }
  }

  /// Asks the factory. By value: the key may be one of the registry's.
  void create(connection_key key) {
    auto factory = factories_.find(key.plugin_name);
    if (!factory) {
      if (factories_.empty())
        registry_.erase(key, failed(errc::factory_not_set, key, step::create));
      else
        registry_.erase(key, maybe_connection{});
      return;
    }
    auto call = registry_.asking(key, factory);
    requests_.ask(factory, make_atom_v, key)
      .then(
        [this, key, call](std::optional<transport_actor>& made) {
          // A call that nobody waits for any more lets go of what it brings.
          owned<transport_actor> fresh{made ? *made : transport_actor{}};
          if (!registry_.is_asking(key, call))
            return;
          if (fresh)
            created(key, call, std::move(fresh));
          else
            registry_.erase(key, maybe_connection{});
        },
        [this, key, call](caf::error& reason) {
          if (registry_.is_asking(key, call))
            registry_.erase(key, in_context(key, reason, step::create));
        });
  }

  /// What params mean is known before there is a connection to have some.
  void created(const connection_key& key, uint64_t call,
               owned<transport_actor> fresh) {
    auto factory = registry_.look_up(key)->factory;
    registry_.keep(key, std::move(fresh));
    factories_.when_described(factory, [this, key, call] {
      if (!registry_.is_asking(key, call))
        return;
      compat::send(self_, stats_.get(), count_atom_v, connection_event::created,
                   key.plugin_name);
      adopt(key, registry_.take(key).release(),
            factories_.traits(key.plugin_name)->tells_steps);
    });
  }

  /// Puts a connection with the transport under the key. Returns the one that
  /// was there.
  /// @param tells_steps whether it is a stepwise_transport_actor
  maybe_connection adopt(const connection_key& key, transport_actor transport,
                         bool tells_steps) {
    auto connection = spawn_connection(
      self_->system(), key, std::move(transport),
      {caf::weak_actor_ptr{self_->ctrl()}, stats_.get(), timer_.get(),
       callers_.get(), events_.get(), admission_.get(),
       config_.policy_of(key.plugin_name), orders_.held(key), config_.node_name,
       factories_.traits(key.plugin_name), tells_steps});
    children_.add(connection);
    compat::monitor(self_, connection,
                    [this, key, id = connection->id()](const caf::error&) {
                      on_down(key, id);
                    });
    return registry_.put(key, connection);
  }

  caf::result<maybe_connection> insert(const connection_key& key,
                                       transport_actor transport) {
    if (!transport)
      return failed(errc::invalid_request, key, step::create,
                    "there is no transport in the message");
    if (auto wrong = check_key(key); !wrong.empty()) {
      owned{std::move(transport)}.reset();
      return failed(errc::invalid_params, key, step::create, wrong);
    }
    if (stopping_) {
      owned{std::move(transport)}.reset();
      return failed(errc::closed, key, step::create, "the manager has ended");
    }
    auto tells_steps = has_interface<stepwise_transport_actor>(transport);
    auto previous = adopt(key, std::move(transport), tells_steps);
    if (!previous)
      return previous;
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    close_then(*previous, [promise, previous](bool) mutable {
      promise.deliver(std::move(previous));
    });
    return promise;
  }

  // -- opening ----------------------------------------------------------------

  /// The caller by value: making a promise takes the message's sender away.
  caf::result<maybe_connection>
  open(const connection_key& key, connection_params params,
       caf::timespan timeout, caf::strong_actor_ptr caller) {
    // The connection answers the caller itself.
    if (!stopping_)
      if (auto here = registry_.find(key))
        return delegation_.hand_on<maybe_connection>(
          self_, ended_connection(key), caf::actor_cast<tenant_actor>(*here),
          resolve_atom_v, std::move(params), timeout, std::move(caller));
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    open_then(key, std::move(params), timeout, std::move(caller),
              answer_to(promise));
    return promise;
  }

  caf::result<reply> execute(const connection_key& key,
                             connection_params params, request what) {
    // Making a promise takes the message's sender away.
    auto caller = self_->current_sender();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<reply>>();
    auto timeout = what.timeout;
    auto due = deadline_in(key, timeout);
    auto number = waits_.add(key, what.tag,
                             [promise](const caf::error& reason) mutable {
                               promise.deliver(reason);
                             });
    auto run = [this, promise, key, timeout, due, number,
                what = std::move(what),
                caller](caf::expected<maybe_connection> got) mutable {
      if (!waits_.take(number))
        return;
      if (!got) {
        promise.deliver(std::move(got.error()));
        return;
      }
      if (!*got) {
        promise.deliver(failed(errc::factory_not_set, key, step::create));
        return;
      }
      what.timeout = rest_of(timeout, due);
      requests_
        .ask(caf::actor_cast<full_connection_actor>(**got), execute_atom_v,
             std::move(what), std::move(caller))
        .then([promise](reply& x) mutable { promise.deliver(std::move(x)); },
              [promise, key](caf::error& reason) mutable {
                // It was killed, and nobody knows how far the request came.
                if (code_of(reason) == errc::none)
                  reason = failed(errc::connection_lost, key, step::execute,
                                  "the connection has ended");
                promise.deliver(std::move(reason));
              });
    };
    open_then(key, std::move(params), timeout, std::move(caller),
              std::move(run));
    return promise;
  }

  caf::result<uint64_t> cancel(const connection_key* key,
                               const std::string& tag) {
    auto reason = canceled_by("cancel",
                              key != nullptr ? *key : connection_key{},
                              step::open, "by its tag");
    return queries_.cancel(key, tag, waits_.cancel(key, tag, reason));
  }

  caf::result<std::vector<open_outcome>> open_many(std::vector<open_item> items,
                                                   caf::timespan timeout) {
    // Making a promise takes the message's sender away.
    auto caller = self_->current_sender();
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<std::vector<open_outcome>>>();
    auto all = std::make_shared<std::vector<open_outcome>>(items.size());
    gathering answers{self_,
                      [all](size_t i, caf::message& got) {
                        if (got.match_elements<caf::error>())
                          refuse((*all)[i], got.get_as<caf::error>(0));
                      },
                      [promise, all]() mutable {
                        promise.deliver(std::move(*all));
                      }};
    for (size_t i = 0; i < items.size(); ++i) {
      auto& x = (*all)[i];
      x.key = std::move(items[i].key);
      if (!stopping_)
        x.connection = registry_.find(x.key);
      if (x.connection)
        answers.ask(i, caf::actor_cast<tenant_actor>(*x.connection),
                    caf::open_atom_v, std::move(items[i].params), timeout,
                    caller);
      else
        open_then(x.key, std::move(items[i].params), timeout, caller,
                  [all, i, arrived = answers.expect()](
                    caf::expected<maybe_connection> got) {
                    if (got)
                      (*all)[i].connection = std::move(*got);
                    else
                      refuse((*all)[i], got.error());
                    arrived();
                  });
    }
    return promise;
  }

  static void refuse(open_outcome& x, const caf::error& reason) {
    x.connection.reset();
    x.error = code_of(reason) != errc::none
                ? reason
                : make_error(errc::closed, ended_connection(x.key));
  }

  void open_then(const connection_key& key, connection_params params,
                 caf::timespan timeout, caf::strong_actor_ptr caller,
                 continuation then) {
    auto deadline = deadline_in(key, timeout);
    with_connection(
      key, deadline,
      [this, key, deadline, timeout, params = std::move(params),
       caller = std::move(caller),
       then = std::move(then)](caf::expected<maybe_connection> got) mutable {
        if (!got || !*got) {
          then(std::move(got));
          return;
        }
        requests_
          .ask(caf::actor_cast<tenant_actor>(**got), caf::open_atom_v,
               std::move(params), rest_of(timeout, deadline), std::move(caller))
          .then([then, connection = *got] { then(connection); },
                [then, key](caf::error& reason) {
                  if (code_of(reason) != errc::none)
                    then(std::move(reason));
                  else
                    then(make_error(errc::closed, ended_connection(key)));
                });
      });
  }

  static failure ended_connection(const connection_key& key) {
    return {key, step::open, "the connection has ended"};
  }

  /// Has one of our own actors answer.
  template <class Result, class Handle, class... Ts>
  caf::result<Result> hand_on(const Handle& to, const Ts&... xs) {
    return delegation_.hand_on<Result>(
      self_, failure{{}, step::none, "the manager has ended"}, to, xs...);
  }

  /// Returns what is left of a timeout; zero would mean the settings.
  caf::timespan rest_of(caf::timespan timeout, time_point deadline) const {
    if (timeout.count() <= 0)
      return timeout;
    return std::max<caf::timespan>(deadline - timers_.now(), caf::timespan{1});
  }

  // -- closing ----------------------------------------------------------------

  /// Asks a connection to close. It answers by itself within `close-timeout`.
  void close_then(const connection_actor& connection,
                  std::function<void(bool)> then) {
    ++closing_;
    auto done = [this, then = std::move(then)](bool closed) {
      then(closed);
      --closing_;
      quit_when_empty();
    };
    requests_.ask(connection, caf::close_atom_v)
      .then([done](bool closed) { done(closed); },
            [done](const caf::error&) { done(false); });
  }

  caf::result<bool> close(const connection_key& key) {
    auto connection = registry_.close(key,
                                      failed(errc::closed, key, step::close));
    if (!connection)
      return false;
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<bool>>();
    close_then(*connection,
               [promise](bool closed) mutable { promise.deliver(closed); });
    return promise;
  }

  caf::result<void> hand_over(const connection_key& key) {
    auto connection
      = registry_.close(key, failed(errc::not_owner, key, step::close));
    if (!connection)
      return caf::unit;
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    ++closing_;
    auto done = [this, promise]() mutable {
      promise.deliver();
      --closing_;
      quit_when_empty();
    };
    requests_.ask(caf::actor_cast<tenant_actor>(*connection), hand_over_atom_v)
      .then(done, [done](const caf::error&) mutable { done(); });
    return promise;
  }

  caf::result<uint64_t> close_all() {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<uint64_t>>();
    close_all_then(
      [promise](uint64_t count) mutable { promise.deliver(count); });
    return promise;
  }

  void close_all_then(std::function<void(uint64_t)> then) {
    ++closing_;
    auto closed = std::make_shared<std::atomic<uint64_t>>(0);
    gathering answers{self_,
                      [closed](size_t, const caf::message& got) {
                        if (got.match_elements<bool>() && got.get_as<bool>(0))
                          ++*closed;
                      },
                      [this, closed, then = std::move(then)] {
                        then(*closed);
                        --closing_;
                        quit_when_empty();
                      }};
    size_t asked = 0;
    for (const auto& key : registry_.keys())
      if (auto connection
          = registry_.close(key, failed(errc::closed, key, step::close)))
        answers.ask(asked++, *connection, caf::close_atom_v);
  }

  /// A connection has closed for good.
  void on_closed(const connection_key& key, const caf::strong_actor_ptr& who) {
    if (who && children_.closed(who->id()))
      gone(key, who->id());
  }

  /// A connection has died. If it had not closed before, it has now, so that
  /// counters add up.
  void on_down(const connection_key& key, caf::actor_id id) {
    if (children_.ended(id))
      gone(key, id);
  }

  void gone(const connection_key& key, caf::actor_id id) {
    // Counted here, where each connection goes once: its own last words may
    // come behind the news of its end. A connection tells us before it answers
    // anybody, so who has its answer and asks for counters sees this one.
    compat::send(self_, stats_.get(), count_atom_v, connection_event::closed,
                 key.plugin_name);
    forget(key, id);
  }

  void forget(const connection_key& key, caf::actor_id id) {
    if (registry_.gone(key, id)) {
      if (stopping_)
        registry_.erase(key, failed(errc::closed, key, step::create));
      else
        create(key);
    }
    quit_when_empty();
  }

  caf::result<void> shutdown(caf::timespan within) {
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<void>>();
    stoppers_.push_back(promise);
    stop(caf::exit_reason::user_shutdown, within);
    return promise;
  }

  /// Of several deadlines the earliest holds.
  void stop(const caf::error& reason, caf::timespan within) {
    stop_due_.set_by(timers_.after(within, config_.shutdown_timeout));
    if (std::exchange(stopping_, true))
      return;
    stop_reason_ = reason;
    close_all_then([](uint64_t) {});
    quit_when_empty();
  }

  void quit_when_empty() {
    if (!stopping_ || !children_.empty() || closing_ != 0)
      return;
    for (auto& promise : std::exchange(stoppers_, {}))
      promise.deliver();
    self_->quit(stop_reason_);
  }

  // -- factories --------------------------------------------------------------

  /// Sets the factory of one plugin, or (without a name) of all others.
  caf::result<bool> set_factory(factories::plugin plugin,
                                const factory_actor& factory) {
    if (!factory)
      return failed(errc::invalid_request, {}, step::create,
                    "there is no factory in the message");
    if (plugin)
      if (auto wrong = check_name(*plugin); !wrong.empty())
        return failed(errc::invalid_request, {}, step::create,
                      "the plugin's name " + wrong);
    return retire_factory(factories_.set(std::move(plugin), factory));
  }

  /// Asks another in place of a factory that is set no more, should it hang.
  /// Returns whether there was one.
  bool retire_factory(const factory_actor& replaced) {
    if (!replaced)
      return false;
    if (!factories_.has(replaced.address()))
      for (const auto& key : registry_.asked_of(replaced.address()))
        create(key);
    return true;
  }

  factories::callbacks factory_callbacks() {
    factories::callbacks result;
    result.on_end = [this](const caf::actor_addr& factory, errc code) {
      on_factory_end(factory, code);
    };
    result.on_described = [this](const factory_actor& factory) {
      for (const auto& [key, here] : registry_)
        if (here.connection && factories_.find(key.plugin_name) == factory)
          compat::send(self_, caf::actor_cast<tenant_actor>(here.connection),
                       factories_.traits(key.plugin_name));
    };
    return result;
  }

  void on_factory_end(const caf::actor_addr& factory, errc code) {
    for (const auto& key : registry_.asked_of(factory))
      registry_.erase(key,
                      failed(code, key, step::create, "the factory has ended"));
  }

  /// A connection asks for its next transport.
  caf::result<std::optional<transport_actor>> make(const connection_key& key) {
    auto factory = factories_.find(key.plugin_name);
    if (!factory)
      return std::optional<transport_actor>{};
    return compat::delegate(self_, factory, make_atom_v, key);
  }

  // -- orders -----------------------------------------------------------------

  caf::result<uint64_t> operate(operation what, const selector& whom,
                                caf::timespan window) {
    if (what == operation::expect_disconnect && window.count() <= 0)
      return failed(errc::invalid_request, {}, step::none,
                    "expect_disconnect needs a time");
    // For connections to come before those that are there.
    orders_.note(what, whom);
    return queries_.operate(what, whom, window);
  }

  caf::result<uint64_t> clear_credential(const std::string& username) {
    queries_.forgive_logins(username);
    return hand_on<uint64_t>(admission_.get(), clear_credential_atom_v,
                             username);
  }

  // -- time -------------------------------------------------------------------

  /// Returns until when a caller waits for a connection to be there.
  time_point deadline_in(const connection_key& key, caf::timespan asked) const {
    return timers_.after(asked,
                         config_.policy_of(key.plugin_name).acquire_timeout);
  }

  void on_late(const registry::late& who) {
    if (who.ask_again)
      create(who.key);
    who.then(failed(errc::timeout, who.key, step::create));
  }

  static caf::error failed(errc code, const connection_key& key, step at,
                           std::string cause = {}) {
    return make_error(code, {key, at, std::move(cause)});
  }

  full_manager_actor::pointer self_;
  settings config_;
  owned<stats_actor> stats_;
  owned<timer_actor> timer_;
  owned<caller_monitor_actor> callers_;
  owned<events_actor> events_;
  owned<admission_actor> admission_;

  timers timers_;
  request_table requests_;
  cancelable_waits waits_;
  delegation delegation_;
  registry registry_;
  queries queries_;
  factories factories_;
  children children_;
  standing_orders orders_;

  /// Close requests on their way.
  size_t closing_ = 0;
  bool stopping_ = false;
  caf::error stop_reason_;
  deadline stop_due_{timers_, [this] { children_.end_all(); }};
  std::vector<caf::typed_response_promise<void>> stoppers_;
};

} // namespace

manager_actor spawn_manager(caf::actor_system& sys) {
  return spawn_manager(sys, options_of<settings>(sys, std::nullopt));
}

manager_actor spawn_manager(caf::actor_system& sys, const settings& config) {
  return sys.spawn<full_manager_actor::stateful_impl<manager_state>>(
    options_of<settings>(sys, config));
}

} // namespace tieline
