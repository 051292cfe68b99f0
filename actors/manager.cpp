#include "tieline/actors/manager.hpp"

#include "tieline/actors/connection.hpp"
#include "tieline/actors/deadlines.hpp"
#include "tieline/actors/owned.hpp"
#include "tieline/actors/stats.hpp"
#include "tieline/actors/timer.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline {

namespace {

using maybe_connection = std::optional<connection_actor>;

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
      [this](caf::get_atom, const connection_key& key) { return find(key); },
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
  using time_point = deadlines::time_point;

  /// Takes the connection of a key, none, or an error.
  using continuation = std::function<void(caf::expected<maybe_connection>)>;

  struct waiter {
    time_point deadline;
    continuation then;
  };

  /// What the registry knows of a key. An entry is in one of three states: the
  /// factory is being asked, the connection is there, or it is being closed.
  struct entry {
    connection_actor connection;
    bool closing = false;
    /// The factory that is being asked, and the number of that call.
    factory_actor factory;
    uint64_t call = 0;
    /// Who waits for the factory, or for the closing to end, by arrival.
    std::map<uint64_t, waiter> waiting;
  };

  // -- lookup and creation ----------------------------------------------------

  maybe_connection find(const connection_key& key) const {
    auto i = entries_.find(key);
    if (i == entries_.end() || i->second.closing || !i->second.connection)
      return std::nullopt;
    return i->second.connection;
  }

  caf::result<maybe_connection> get_or_create(connection_key key) {
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    with_connection(std::move(key), deadline_in({}),
                    [promise](caf::expected<maybe_connection> got) mutable {
                      promise.deliver(std::move(got));
                    });
    return promise;
  }

  /// Calls `then` with the connection of the key, made if there is none.
  void with_connection(connection_key key, time_point deadline,
                       continuation then) {
    if (stopping_) {
      then(failed(errc::closed, key, step::create, "the manager has ended"));
      return;
    }
    if (auto found = find(key)) {
      then(std::move(found));
      return;
    }
    auto& [known, here] = *entries_.try_emplace(key).first;
    auto id = ++last_id_;
    here.waiting.emplace(id, waiter{deadline, std::move(then)});
    pending_.add(deadline, id);
    waiting_keys_.emplace(id, key);
    arm_timer();
    if (!here.closing && !here.factory)
      create(known);
  }

  void create(connection_key key) {
    auto& here = entries_.at(key);
    here.factory = factory_for(key.plugin_name);
    if (!here.factory) {
      if (factories_.empty())
        give_up(key, failed(errc::factory_not_set, key, step::create));
      else
        give_up(key, maybe_connection{});
      return;
    }
    here.call = ++last_id_;
    compat::request(self_, here.factory, caf::infinite, make_atom_v, key)
      .then(
        [this, key, call = here.call](std::optional<transport_actor>& made) {
          // A call that nobody waits for any more lets go of what it brings.
          owned<transport_actor> fresh{made ? *made : transport_actor{}};
          auto i = entries_.find(key);
          if (i == entries_.end() || i->second.call != call)
            return;
          if (!fresh) {
            give_up(key, maybe_connection{});
            return;
          }
          compat::send(self_, stats_.get(), count_atom_v,
                       connection_event::created, key.plugin_name);
          adopt(key, fresh.release());
        },
        [this, key, call = here.call](caf::error& reason) {
          auto i = entries_.find(key);
          if (i != entries_.end() && i->second.call == call)
            give_up(key, factory_error(key, reason));
        });
  }

  /// Puts a connection with the transport under the key and answers who waits.
  void adopt(const connection_key& key, transport_actor transport) {
    auto& here = entries_[key];
    auto connection = spawn_connection(self_->system(), key,
                                       std::move(transport),
                                       {caf::weak_actor_ptr{self_->ctrl()},
                                        stats_.get(), timer_.get(), config_});
    living_.emplace(connection->id(), owned{connection});
    compat::monitor(self_, connection,
                    [this, key, id = connection->id()](const caf::error&) {
                      on_down(key, id);
                    });
    here.connection = connection;
    here.closing = false;
    here.factory = nullptr;
    here.call = 0;
    answer(std::exchange(here.waiting, {}), maybe_connection{connection});
  }

  /// Forgets a key that has no connection, and answers who waits.
  void give_up(const connection_key& key,
               const caf::expected<maybe_connection>& outcome) {
    auto waiting = std::move(entries_.at(key).waiting);
    entries_.erase(key);
    answer(std::move(waiting), outcome);
  }

  void answer(std::map<uint64_t, waiter> waiting,
              const caf::expected<maybe_connection>& outcome) {
    for (auto& [id, who] : waiting) {
      pending_.remove(who.deadline, id);
      waiting_keys_.erase(id);
      who.then(outcome);
    }
  }

  // -- opening ----------------------------------------------------------------

  caf::result<maybe_connection>
  open(connection_key key, connection_params params, caf::timespan timeout) {
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    open_then(std::move(key), std::move(params), timeout,
              [promise](caf::expected<maybe_connection> got) mutable {
                promise.deliver(std::move(got));
              });
    return promise;
  }

  void open_then(connection_key key, connection_params params,
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
    struct gathering {
      caf::typed_response_promise<std::vector<open_outcome>> promise;
      std::vector<open_outcome> outcomes;
      size_t missing;
    };
    auto all = std::make_shared<gathering>();
    all->promise = self_->make_response_promise<
      caf::typed_response_promise<std::vector<open_outcome>>>();
    all->outcomes.resize(items.size());
    all->missing = items.size();
    if (items.empty())
      all->promise.deliver(std::vector<open_outcome>{});
    for (size_t i = 0; i < items.size(); ++i) {
      auto& [key, params] = items[i];
      all->outcomes[i].key = key;
      open_then(std::move(key), std::move(params), timeout,
                [all, i](caf::expected<maybe_connection> got) {
                  if (got)
                    all->outcomes[i].connection = std::move(*got);
                  else
                    all->outcomes[i].error = std::move(got.error());
                  if (--all->missing == 0)
                    all->promise.deliver(std::move(all->outcomes));
                });
    }
    return all->promise;
  }

  caf::result<maybe_connection> insert(connection_key key,
                                       transport_actor transport) {
    if (stopping_) {
      owned{std::move(transport)}.reset();
      return failed(errc::closed, key, step::create, "the manager has ended");
    }
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<maybe_connection>>();
    auto previous = entries_[key].connection;
    adopt(key, std::move(transport));
    if (!previous) {
      promise.deliver(maybe_connection{});
      return promise;
    }
    close_then(previous, [promise](connection_actor closed, bool) mutable {
      promise.deliver(maybe_connection{std::move(closed)});
    });
    return promise;
  }

  // -- closing ----------------------------------------------------------------

  /// Asks a connection to close. It answers by itself within `close-timeout`.
  void close_then(connection_actor connection,
                  std::function<void(connection_actor, bool)> then) {
    ++closing_;
    auto done = [this, connection, then = std::move(then)](bool closed) {
      then(connection, closed);
      --closing_;
      quit_when_empty();
    };
    compat::request(self_, connection, caf::infinite, caf::close_atom_v)
      .then([done](bool closed) { done(closed); },
            [done](const caf::error&) { done(false); });
  }

  caf::result<bool> close(const connection_key& key) {
    auto i = entries_.find(key);
    if (i == entries_.end())
      return false;
    if (!i->second.connection) {
      // Nothing to close yet; whatever the factory brings is let go of.
      give_up(key, failed(errc::closed, key, step::create));
      return false;
    }
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<bool>>();
    i->second.closing = true;
    close_then(i->second.connection,
               [promise](const connection_actor&, bool closed) mutable {
                 promise.deliver(closed);
               });
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
    struct gathering {
      uint64_t count = 0;
      size_t missing = 1;
    };
    auto all = std::make_shared<gathering>();
    auto one_less = [all, then = std::move(then)](bool closed) {
      all->count += closed ? 1 : 0;
      if (--all->missing == 0)
        then(all->count);
    };
    std::vector<connection_key> unborn;
    for (auto& [key, here] : entries_) {
      if (!here.connection) {
        unborn.push_back(key);
        continue;
      }
      here.closing = true;
      ++all->missing;
      close_then(here.connection,
                 [one_less](const connection_actor&, bool closed) {
                   one_less(closed);
                 });
    }
    for (auto& key : unborn)
      give_up(key, failed(errc::closed, key, step::create));
    one_less(false);
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
    auto i = entries_.find(key);
    // Another may have been inserted in its place.
    if (i != entries_.end() && i->second.connection
        && i->second.connection->id() == id) {
      i->second.connection = nullptr;
      i->second.closing = false;
      if (stopping_)
        give_up(key, failed(errc::closed, key, step::create));
      else if (i->second.waiting.empty())
        entries_.erase(i);
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
    std::vector<connection_key> asked;
    for (auto& [key, here] : entries_)
      if (here.factory && here.factory.address() == made)
        asked.push_back(key);
    for (auto& key : asked)
      give_up(key, failed(errc::factory_failed, key, step::create,
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
    auto i = entries_.find(key);
    if (i == entries_.end())
      return std::optional<connection_status>{};
    if (!i->second.connection)
      return std::optional{status_of_unborn(key, i->second)};
    auto promise = self_->make_response_promise<
      caf::typed_response_promise<std::optional<connection_status>>>();
    compat::request(self_, i->second.connection, caf::infinite, status_atom_v)
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
                                            const entry& here) {
    connection_status result;
    result.key = key;
    result.state = connection_state::opening;
    result.waiting = here.waiting.size();
    return result;
  }

  caf::result<std::vector<connection_status>> status_of_all() {
    struct gathering {
      caf::typed_response_promise<std::vector<connection_status>> promise;
      std::vector<connection_status> statuses;
      size_t missing = 1;

      void one_less() {
        if (--missing > 0)
          return;
        std::sort(statuses.begin(), statuses.end(),
                  [](auto& x, auto& y) { return x.key < y.key; });
        promise.deliver(std::move(statuses));
      }
    };
    auto all = std::make_shared<gathering>();
    all->promise = self_->make_response_promise<
      caf::typed_response_promise<std::vector<connection_status>>>();
    for (auto& [key, here] : entries_) {
      if (!here.connection) {
        all->statuses.push_back(status_of_unborn(key, here));
        continue;
      }
      ++all->missing;
      compat::request(self_, here.connection, caf::infinite, status_atom_v)
        .then(
          [all](connection_status& got) {
            all->statuses.push_back(std::move(got));
            all->one_less();
          },
          [all](const caf::error&) { all->one_less(); });
    }
    auto promise = all->promise;
    all->one_less();
    return promise;
  }

  // -- time -------------------------------------------------------------------

  time_point deadline_in(caf::timespan asked) const {
    return self_->clock().now()
           + (asked.count() > 0 ? asked : config_.open_timeout);
  }

  void arm_timer() {
    auto next = pending_.next().value_or(time_point::max());
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
    while (auto id = pending_.expired(now))
      expire(*id);
    if (stopping_ && stop_deadline_ <= now) {
      stop_deadline_ = time_point::max();
      // Each answers all it holds, then ends.
      for (auto& [id, connection] : living_)
        self_->send_exit(connection.get(), caf::exit_reason::user_shutdown);
    }
    arm_timer();
  }

  /// A caller has waited long enough for a connection to be made.
  void expire(uint64_t id) {
    auto key = std::move(waiting_keys_.extract(id).mapped());
    auto& here = entries_.at(key);
    auto who = here.waiting.extract(id);
    if (here.waiting.empty() && !here.connection)
      entries_.erase(key);
    who.mapped().then(failed(errc::timeout, key, step::create));
  }

  static caf::error failed(errc code, const connection_key& key, step at,
                           std::string cause = {}) {
    return make_error(code, {key, at, std::move(cause)});
  }

  full_manager_actor::pointer self_;
  settings config_;
  owned<stats_actor> stats_;
  owned<timer_actor> timer_;

  std::unordered_map<connection_key, entry> entries_;
  /// All connections that have not closed, replaced ones included.
  std::unordered_map<caf::actor_id, owned<connection_actor>> living_;
  std::map<std::optional<std::string>, factory_actor> factories_;

  uint64_t last_id_ = 0;
  deadlines pending_;
  std::unordered_map<uint64_t, connection_key> waiting_keys_;
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
  return sys.spawn<full_manager_actor::stateful_impl<manager_state>>(config);
}

} // namespace tieline
