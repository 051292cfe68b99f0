#include "tieline/actors/manager.hpp"

#include "tieline/actors/connection.hpp"
#include "tieline/actors/gathering.hpp"
#include "tieline/actors/owned.hpp"
#include "tieline/actors/registry.hpp"
#include "tieline/actors/stats.hpp"
#include "tieline/actors/timer.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using maybe_connection = registry::maybe_connection;
using continuation = registry::continuation;

/// The manager's own interface and the one its connections see.
using full_manager_actor = manager_actor::extend_with<registry_actor>;

class manager_state {
public:
  static inline const char* name = "tieline.manager";

  manager_state(full_manager_actor::pointer self, settings config)
    : self_(self),
      config_(config),
      stats_(spawn_stats(self->system())),
      timer_(spawn_timer(self->system())) {
    // nop
  }

  full_manager_actor::behavior_type make_behavior() {
    return compat::trap_exit<full_manager_actor::behavior_type>(
      self_, [this](const caf::error& reason) { stop(reason); },
      [this](caf::get_atom, const connection_key& key) {
        return book_.find(key);
      },
      [this](get_or_create_atom, connection_key& key) {
        return get_or_create(std::move(key));
      },
      [this](caf::open_atom, connection_key& key, connection_params& params,
             caf::timespan timeout) {
        return open(std::move(key), std::move(params), timeout);
      },
      [this](caf::open_atom, std::vector<open_item>& items,
             caf::timespan timeout) {
        return open_many(std::move(items), timeout);
      },
      [this](insert_atom, connection_key& key, transport_actor& transport) {
        return insert(std::move(key), std::move(transport));
      },
      [this](caf::close_atom, const connection_key& key) { return close(key); },
      [this](close_all_atom) { return close_all(); },
      [this](set_factory_atom, const std::string& plugin, factory_actor& made) {
        return set_factory(plugin, std::move(made));
      },
      [this](set_factory_atom, factory_actor& made) {
        return set_factory(std::nullopt, std::move(made));
      },
      [this](remove_factory_atom, const std::string& plugin) {
        return factories_.erase(plugin) > 0;
      },
      [this](remove_factory_atom) {
        return factories_.erase(std::nullopt) > 0;
      },
      [this](counters_atom, const std::string& plugin) {
        return compat::delegate(self_, stats_.get(), counters_atom_v, plugin);
      },
      [this](counters_atom) {
        return compat::delegate(self_, stats_.get(), counters_atom_v);
      },
      [this](status_atom, const connection_key& key) { return status(key); },
      [this](status_atom) { return status_of_all(); },
      [this](make_atom, const connection_key& key) { return make(key); },
      [this](closed_atom, const connection_key& key) {
        on_closed(key, self_->current_sender());
      });
  }

private:
  using time_point = registry::time_point;

  // -- creation ---------------------------------------------------------------

  caf::result<maybe_connection> get_or_create(connection_key key) {
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    with_connection(key, deadline_in({}), answer_to(promise));
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
    } else if (auto found = book_.find(key)) {
      then(std::move(found));
    } else {
      auto nobody_cares = book_.await(key, deadline, std::move(then));
      arm_timer();
      if (nobody_cares)
        create(key);
    }
  }

  /// Asks the factory. By value: the key may be one of the book's.
  void create(connection_key key) {
    auto factory = factory_for(key.plugin_name);
    if (!factory) {
      if (factories_.empty())
        book_.erase(key, failed(errc::factory_not_set, key, step::create));
      else
        book_.erase(key, maybe_connection{});
      return;
    }
    auto call = book_.asking(key, factory);
    compat::request(self_, factory, caf::infinite, make_atom_v, key)
      .then(
        [this, key, call](std::optional<transport_actor>& made) {
          // A call that nobody waits for any more lets go of what it brings.
          owned<transport_actor> fresh{made ? *made : transport_actor{}};
          if (!book_.is_asking(key, call))
            return;
          if (!fresh) {
            book_.erase(key, maybe_connection{});
            return;
          }
          compat::send(self_, stats_.get(), count_atom_v,
                       connection_event::created, key.plugin_name);
          adopt(key, fresh.release());
        },
        [this, key, call](caf::error& reason) {
          if (book_.is_asking(key, call))
            book_.erase(key, factory_error(key, reason));
        });
  }

  /// Puts a connection with the transport under the key. Returns the one that
  /// was there.
  maybe_connection adopt(const connection_key& key, transport_actor transport) {
    auto connection = spawn_connection(self_->system(), key,
                                       std::move(transport),
                                       {caf::weak_actor_ptr{self_->ctrl()},
                                        stats_.get(), timer_.get(), config_});
    living_.emplace(connection->id(), owned{connection});
    compat::monitor(self_, connection,
                    [this, key, id = connection->id()](const caf::error&) {
                      on_down(key, id);
                    });
    return book_.put(key, std::move(connection));
  }

  caf::result<maybe_connection> insert(const connection_key& key,
                                       transport_actor transport) {
    if (stopping_) {
      owned{std::move(transport)}.reset();
      return failed(errc::closed, key, step::create, "the manager has ended");
    }
    auto previous = adopt(key, std::move(transport));
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

  caf::result<maybe_connection>
  open(connection_key key, connection_params params, caf::timespan timeout) {
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    open_then(std::move(key), std::move(params), timeout, answer_to(promise));
    return promise;
  }

  void open_then(const connection_key& key, connection_params params,
                 caf::timespan timeout, continuation then) {
    auto deadline = deadline_in(timeout);
    with_connection(
      key, deadline,
      [this, key, deadline, params = std::move(params),
       then = std::move(then)](caf::expected<maybe_connection> got) {
        if (!got || !*got) {
          then(std::move(got));
          return;
        }
        // Zero would mean the default.
        auto left = std::max<caf::timespan>(deadline - self_->clock().now(),
                                            caf::timespan{1});
        compat::request(self_, **got, caf::infinite, caf::open_atom_v, params,
                        left)
          .then([then, connection = *got] { then(connection); },
                [then, key](caf::error& reason) {
                  if (code_of(reason) != errc::none)
                    then(std::move(reason));
                  else
                    then(failed(errc::closed, key, step::open,
                                "the connection has ended"));
                });
      });
  }

  caf::result<std::vector<open_outcome>> open_many(std::vector<open_item> items,
                                                   caf::timespan timeout) {
    using indexed = std::pair<size_t, open_outcome>;
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<std::vector<open_outcome>>>();
    auto all
      = gathering<indexed>::make([promise](std::vector<indexed> got) mutable {
          std::vector<open_outcome> outcomes(got.size());
          for (auto& [i, outcome] : got)
            outcomes[i] = std::move(outcome);
          promise.deliver(std::move(outcomes));
        });
    for (size_t i = 0; i < items.size(); ++i) {
      all->expect();
      open_then(items[i].key, std::move(items[i].params), timeout,
                [all, i,
                 key = items[i].key](caf::expected<maybe_connection> got) {
                  open_outcome outcome;
                  outcome.key = key;
                  if (got)
                    outcome.connection = std::move(*got);
                  else
                    outcome.error = std::move(got.error());
                  all->arrived({i, std::move(outcome)});
                });
    }
    all->close();
    return promise;
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
    compat::request(self_, connection, caf::infinite, caf::close_atom_v)
      .then([done](bool closed) { done(closed); },
            [done](const caf::error&) { done(false); });
  }

  caf::result<bool> close(const connection_key& key) {
    auto* here = book_.look_up(key);
    if (here == nullptr)
      return false;
    if (!here->connection) {
      // Nothing to close yet; whatever the factory brings is let go of.
      book_.erase(key, failed(errc::closed, key, step::create));
      return false;
    }
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<bool>>();
    here->closing = true;
    close_then(here->connection,
               [promise](bool closed) mutable { promise.deliver(closed); });
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
    auto all = gathering<bool>::make([then](const std::vector<bool>& closed) {
      then(
        static_cast<uint64_t>(std::count(closed.begin(), closed.end(), true)));
    });
    std::vector<connection_key> unborn;
    for (auto& [key, here] : book_) {
      if (!here.connection) {
        unborn.push_back(key);
        continue;
      }
      here.closing = true;
      all->expect();
      close_then(here.connection, [all](bool closed) { all->arrived(closed); });
    }
    for (auto& key : unborn)
      book_.erase(key, failed(errc::closed, key, step::create));
    all->close();
  }

  /// A connection has closed for good.
  void on_closed(const connection_key& key, const caf::strong_actor_ptr& who) {
    auto i = who ? living_.find(who->id()) : living_.end();
    if (i == living_.end())
      return;
    // Its handles go on answering `closed`, so it is not to be ended.
    i->second.release();
    living_.erase(i);
    forget(key, who->id());
  }

  /// A connection has died. If it had not closed before, it counts as closed
  /// now, so that counters add up.
  void on_down(const connection_key& key, caf::actor_id id) {
    if (living_.erase(id) == 0)
      return;
    compat::send(self_, stats_.get(), count_atom_v, connection_event::closed,
                 key.plugin_name);
    forget(key, id);
  }

  void forget(const connection_key& key, caf::actor_id id) {
    if (book_.gone(key, id)) {
      if (stopping_)
        book_.erase(key, failed(errc::closed, key, step::create));
      else
        create(key);
    }
    quit_when_empty();
  }

  void stop(const caf::error& reason) {
    if (stopping_)
      return;
    stopping_ = true;
    stop_reason_ = reason;
    stop_deadline_ = self_->clock().now() + config_.shutdown_timeout;
    arm_timer();
    close_all_then([](uint64_t) {});
    quit_when_empty();
  }

  void quit_when_empty() {
    if (stopping_ && living_.empty() && closing_ == 0)
      self_->quit(stop_reason_);
  }

  // -- factories --------------------------------------------------------------

  /// The factory of one plugin, or (without a name) of all others.
  bool set_factory(std::optional<std::string> plugin, factory_actor made) {
    compat::monitor(self_, made,
                    [this, plugin, made = made.address()](const caf::error&) {
                      on_factory_down(plugin, made);
                    });
    return !factories_.insert_or_assign(std::move(plugin), std::move(made))
              .second;
  }

  factory_actor factory_for(const std::string& plugin) const {
    auto i = factories_.find(plugin);
    if (i == factories_.end())
      i = factories_.find(std::nullopt);
    return i == factories_.end() ? factory_actor{} : i->second;
  }

  void on_factory_down(const std::optional<std::string>& plugin,
                       const caf::actor_addr& made) {
    auto i = factories_.find(plugin);
    if (i != factories_.end() && i->second.address() == made)
      factories_.erase(i);
    // One on a lost node never answers what it was asked.
    for (auto& key : book_.asked_of(made))
      book_.erase(key, failed(errc::factory_failed, key, step::create,
                              "the factory has ended"));
  }

  /// A connection asks for its next transport.
  caf::result<std::optional<transport_actor>> make(const connection_key& key) {
    auto factory = factory_for(key.plugin_name);
    if (!factory)
      return std::optional<transport_actor>{};
    return compat::delegate(self_, factory, make_atom_v, key);
  }

  caf::error factory_error(const connection_key& key,
                           const caf::error& reason) const {
    return failed(errc::factory_failed, key, step::create,
                  code_of(reason) == errc::none ? to_string(reason)
                                                : failure_of(reason).cause);
  }

  // -- status -----------------------------------------------------------------

  caf::result<std::optional<connection_status>>
  status(const connection_key& key) {
    auto* here = book_.look_up(key);
    if (here == nullptr)
      return std::optional<connection_status>{};
    if (!here->connection)
      return std::optional{status_of_unborn(key, *here)};
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<std::optional<connection_status>>>();
    compat::request(self_, here->connection, caf::infinite, status_atom_v)
      .then(
        [promise](connection_status& got) mutable {
          promise.deliver(std::optional{std::move(got)});
        },
        [promise](const caf::error&) mutable {
          promise.deliver(std::optional<connection_status>{});
        });
    return promise;
  }

  static connection_status status_of_unborn(const connection_key& key,
                                            const registry::entry& here) {
    connection_status result;
    result.key = key;
    result.state = connection_state::opening;
    result.waiting = here.waiting.size();
    return result;
  }

  caf::result<std::vector<connection_status>> status_of_all() {
    using statuses = std::vector<connection_status>;
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<statuses>>();
    auto all
      = gathering<connection_status>::make([promise](statuses got) mutable {
          std::sort(got.begin(), got.end(),
                    [](auto& x, auto& y) { return x.key < y.key; });
          promise.deliver(std::move(got));
        });
    for (auto& [key, here] : book_) {
      if (!here.connection) {
        all->add(status_of_unborn(key, here));
        continue;
      }
      all->expect();
      compat::request(self_, here.connection, caf::infinite, status_atom_v)
        .then([all](connection_status& got) { all->arrived(std::move(got)); },
              [all](const caf::error&) { all->arrived(); });
    }
    all->close();
    return promise;
  }

  // -- time -------------------------------------------------------------------

  time_point deadline_in(caf::timespan asked) const {
    return self_->clock().now()
           + (asked.count() > 0 ? asked : config_.open_timeout);
  }

  void arm_timer() {
    auto next = book_.next_deadline().value_or(time_point::max());
    if (stopping_)
      next = std::min(next, stop_deadline_);
    if (next >= armed_)
      return;
    armed_ = next;
    compat::send(self_, timer_.get(), arm_atom_v, next.time_since_epoch(),
                 caf::make_action([this, next] { on_timer(next); }));
  }

  void on_timer(time_point armed_for) {
    if (armed_for != armed_)
      return;
    armed_ = time_point::max();
    auto now = self_->clock().now();
    while (auto late = book_.expired(now))
      late->then(failed(errc::timeout, late->key, step::create));
    if (stopping_ && stop_deadline_ <= now) {
      stop_deadline_ = time_point::max();
      // Each answers all it holds, then ends.
      for (auto& [id, connection] : living_)
        self_->send_exit(connection.get(), caf::exit_reason::user_shutdown);
    }
    arm_timer();
  }

  static caf::error failed(errc code, const connection_key& key, step at,
                           std::string cause = {}) {
    return make_error(code, {key, at, std::move(cause)});
  }

  full_manager_actor::pointer self_;
  settings config_;
  owned<stats_actor> stats_;
  owned<timer_actor> timer_;

  registry book_;
  /// All connections that have not closed, replaced ones included.
  std::unordered_map<caf::actor_id, owned<connection_actor>> living_;
  std::map<std::optional<std::string>, factory_actor> factories_;

  time_point armed_ = time_point::max();

  /// Close requests on their way.
  size_t closing_ = 0;
  bool stopping_ = false;
  caf::error stop_reason_;
  time_point stop_deadline_ = time_point::max();
};

} // namespace

manager_actor spawn_manager(caf::actor_system& sys) {
  auto config = settings::load(content(sys.config()));
  if (!config)
    throw std::invalid_argument(describe(config.error()));
  return spawn_manager(sys, *config);
}

manager_actor spawn_manager(caf::actor_system& sys, const settings& config) {
  if (auto error = config.check())
    throw std::invalid_argument(describe(error));
  return sys.spawn<full_manager_actor::stateful_impl<manager_state>>(config);
}

} // namespace tieline
