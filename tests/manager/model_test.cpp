#include "support/actors/managed.hpp"
#include "support/actors/model.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

// Random operations, random answers of the plugin, random scheduling,
// virtual time. The order of messages between any two actors is the only
// thing that is not random.

using namespace tieline;
using namespace tieline::test;

namespace {

using maybe_connection = std::optional<connection_actor>;

/// One run: a manager, a plugin, some keys, and callers that do as they like.
class run : model_run {
public:
  run(deterministic& d, uint64_t seed, tally& results)
    : model_run(seed),
      d_(d),
      results_(results),
      manager_(spawn_manager(d.sys(), random_settings())),
      listener_(d.sys().spawn([told = told_](listener_actor::pointer)
                                -> listener_actor::behavior_type {
        return {[told](const lifecycle_event& x) {
          ++(*told)[x.what];
          told->missed += x.missed;
        }};
      })) {
    d_.ask_now<caf::unit_t>(manager_, caf::subscribe_atom_v, listener_,
                            selector{});
    change_factory();
  }

  void go() {
    for (auto steps = pick(180) + 20; steps > 0; --steps)
      move();
    orders_.push_back(d_.ask<uint64_t>(manager_, operate_atom_v,
                                       operation::resume, selector{},
                                       caf::timespan{0}));
    if (pick(2) == 0)
      wait_in_vain();
    drain();
    check_nobody_waits();
    auto all = d_.ask<uint64_t>(manager_, close_all_atom_v);
    drain();
    require(all.ok(), "close_all was not answered");
    check_answers();
    check_nothing_is_open();
    check_admission();
    check_counters();
    check_events();
    stop();
  }

private:
  struct open_call {
    connection_key key;
    std::string username;
    answer<maybe_connection> outcome;
    /// Calls before this one that it may arrive before.
    std::vector<size_t> concurrent;
  };

  struct execute_call {
    std::string body;
    answer<reply> outcome;
  };

  connection_key random_key() {
    return {pick(2) == 0 ? "r1" : "r2", "fake"};
  }

  caf::timespan random_timeout() {
    const caf::timespan choices[] = {0ms, 10ms, 1s, 20s};
    return any(choices);
  }

  /// Every policy with times short enough to matter here, or none of them.
  settings random_settings() {
    auto result = pick(4) == 0 ? plain() : settings{};
    result.open_retries = pick(3);
    result.backoff = pick(2) * 1s;
    result.keep_open = pick(4) == 0;
    result.breaker_failures = pick(3);
    result.credential_failures = pick(3);
    result.idle_timeout = pick(3) * 20s;
    result.max_lifetime = pick(3) * 60s;
    result.probe_after = pick(3) * 3s;
    result.queue_limit = pick(3) + 1;
    result.max_opening = pick(2) + 1;
    result.max_sessions = pick(3);
    result.opens_per_minute = pick(2) * 20;
    return result;
  }

  // -- moves ------------------------------------------------------------------

  void move() {
    auto what = pick(100);
    if (what < 30)
      operate();
    else if (what < 50)
      let_plugin_act();
    else if (what < 90)
      schedule(pick(12) + 1);
    else if (what < 95)
      pass_time();
    else
      check_sessions();
  }

  void operate() {
    auto what = pick(26);
    if (what < 7)
      open();
    else if (what < 12)
      execute();
    else if (what < 14)
      closes_.push_back(
        d_.ask<bool>(manager_, caf::close_atom_v, random_key()));
    else if (what < 15)
      close_alls_.push_back(d_.ask<uint64_t>(manager_, close_all_atom_v));
    else if (what < 16)
      insert();
    else if (what < 17)
      creates_.push_back(
        d_.ask<maybe_connection>(manager_, get_or_create_atom_v, random_key()));
    else if (what < 20)
      order();
    else if (what < 21)
      clears_.push_back(
        d_.ask<uint64_t>(manager_, clear_credential_atom_v,
                         std::to_string(pick(uint64_t(epoch_)) + 1)));
    else if (what < 22)
      explains_.push_back(d_.ask<std::optional<explanation>>(
        manager_, explain_atom_v, random_key()));
    else if (what < 24)
      end_a_caller();
    else if (what < 25)
      change_factory();
    else if (pick(2) == 0)
      close_by_handle();
    else
      end_a_connection();
  }

  void order() {
    // Half of them let things go on.
    auto what = pick(2) == 0 ? operation::resume
                             : static_cast<operation>(pick(6));
    auto whom = pick(3) == 0 ? selector{} : selector{random_key().hostname};
    orders_.push_back(d_.ask<uint64_t>(
      manager_, operate_atom_v, what, whom,
      caf::timespan{(pick(20) + 1) * std::chrono::seconds{1}}));
  }

  /// Who waits for an answer crashes.
  void end_a_caller() {
    if (!executes_.empty() && pick(2) == 0)
      any(executes_).outcome.kill_caller();
    else if (!opens_.empty())
      any(opens_).outcome.kill_caller();
  }

  /// Extras that concern the connection only: they are no other params.
  connection_params random_params(const std::string& username) {
    auto result = params_for(username);
    auto what = pick(12);
    if (what == 0)
      result.extras["keep_open"] = pick(2) == 0 ? "true" : "false";
    else if (what == 1)
      result.extras["idle_timeout"] = "5s";
    else if (what == 2)
      result.extras["open_timeout"] = "3s";
    return result;
  }

  void open() {
    auto key = random_key();
    // Mostly the newest params, so that callers do meet.
    auto username = std::to_string(pick(5) == 0 ? ++epoch_ : epoch_);
    std::vector<size_t> concurrent;
    for (size_t i = 0; i < opens_.size(); ++i)
      if (!opens_[i].outcome.arrived())
        concurrent.push_back(i);
    opens_.push_back(
      {key, username,
       d_.ask<maybe_connection>(manager_, caf::open_atom_v, key,
                                random_params(username), random_timeout()),
       std::move(concurrent)});
  }

  void execute() {
    auto connection = some_connection();
    if (!connection)
      return;
    request what;
    what.body = std::to_string(executes_.size());
    what.timeout = random_timeout();
    executes_.push_back(
      {what.body, d_.ask<reply>(*connection, execute_atom_v, what)});
  }

  void insert() {
    auto key = random_key();
    inserts_.push_back(
      {key, d_.ask<maybe_connection>(manager_, insert_atom_v, key,
                                     plugins_.back()->make(key))});
  }

  void change_factory() {
    if (!plugins_.empty() && pick(3) == 0) {
      flags_.push_back(
        d_.ask<bool>(manager_, remove_factory_atom_v, std::string{"fake"}));
      return;
    }
    plugins_.push_back(std::make_unique<fake_plugin>(d_.sys()));
    flags_.push_back(d_.ask<bool>(manager_, set_factory_atom_v,
                                  std::string{"fake"},
                                  plugins_.back()->factory()));
  }

  void close_by_handle() {
    if (auto connection = some_connection())
      closes_.push_back(d_.ask<bool>(*connection, caf::close_atom_v));
  }

  void end_a_connection() {
    if (pick(4) != 0)
      return;
    if (auto connection = some_connection())
      caf::anon_send_exit(*connection, pick(2) == 0
                                         ? caf::exit_reason::kill
                                         : caf::exit_reason::user_shutdown);
  }

  /// A handle that some caller has got at some time.
  maybe_connection some_connection() {
    std::vector<connection_actor> known;
    for (auto& call : opens_)
      if (call.outcome.ok() && call.outcome.value())
        known.push_back(*call.outcome.value());
    for (auto& call : creates_)
      if (call.ok() && call.value())
        known.push_back(*call.value());
    if (known.empty())
      return std::nullopt;
    // Mostly one that is not closed yet.
    auto recent = std::min<size_t>(known.size(), 3);
    return known[pick(4) == 0 ? pick(known.size())
                              : known.size() - 1 - pick(recent)];
  }

  void let_plugin_act() {
    std::vector<fake_session*> alive;
    each_session([&](fake_session& session) {
      if (session.alive)
        alive.push_back(&session);
    });
    if (alive.empty())
      return;
    auto& session = *any(alive);
    auto what = pick(13);
    if (what < 4) {
      session.traits.concurrency = pick(3);
      session.open_ok();
    } else if (what < 5) {
      session.open_fails(make_error(errc::refused, {}));
    } else if (what < 6) {
      session.open_fails(make_error(errc::auth_failed, {}));
    } else if (what < 8) {
      session.finish_one();
    } else if (what < 10) {
      session.probe_ok();
    } else if (what < 12) {
      session.close_ok();
    } else {
      session.lose();
    }
  }

  void schedule(uint64_t jobs) {
    model_run::schedule(d_, jobs);
  }

  void pass_time() {
    const caf::timespan choices[] = {1ms, 20ms, 2s, 6s, 31s, 70s};
    d_.driver().tick(any(choices));
  }

  /// Has the plugin answer all, and time pass, until nothing happens any more.
  void drain() {
    for (auto round = 0; round < 8; ++round) {
      schedule(UINT64_MAX);
      each_session([](fake_session& session) {
        if (session.wants_open())
          session.open_ok();
        for (auto i = session.work(); i > 0; --i)
          session.finish_one();
        if (session.wants_probe())
          session.probe_ok();
        if (session.wants_close())
          session.close_ok();
      });
    }
    d_.advance(10min);
  }

  /// The plugin does nothing any more: all are answered all the same.
  void wait_in_vain() {
    schedule(UINT64_MAX);
    d_.advance(10min);
    check_answers();
    check_nobody_waits();
  }

  // -- what must be true ------------------------------------------------------

  void check_nobody_waits() {
    auto all = d_.ask_now<std::vector<connection_status>>(manager_,
                                                          status_atom_v);
    for (auto& x : all.value())
      require(x.waiting == 0 && x.queued == 0 && x.in_flight == 0,
              "somebody waits still");
  }

  void check_admission() {
    for (auto name : {"opening", "open-waiting", "sessions"})
      require(d_.sys().metrics().gauge_singleton("tieline", name, "")->value()
                == 0,
              "the admission holds a place");
  }

  void check_events() {
    if (told_->missed > 0)
      return;
    auto counters = d_.ask_now<std::optional<connection_counters>>(
                        manager_, counters_atom_v, std::string{"fake"})
                      .value()
                      .value_or(connection_counters{});
    auto& told = *told_;
    require(told[event_kind::opened] == counters.open_calls,
            "not as many sessions were told of as opened");
    require(told[event_kind::open_failed] == counters.open_failures,
            "not as many failures were told of as counted");
    require(told[event_kind::lost] == counters.losses,
            "not as many losses were told of as counted");
    require(told[event_kind::evicted] == counters.evictions,
            "not as many evictions were told of as counted");
    require(told[event_kind::opened] + told[event_kind::open_failed]
              <= told[event_kind::opening],
            "more attempts ended than began");
  }

  template <class F>
  void each_session(F f) {
    for (auto& plugin : plugins_)
      for (auto& session : plugin->sessions())
        f(*session);
  }

  /// Once all messages are delivered, a host has no two sessions under a key,
  /// but for one that an insert is still replacing.
  void check_sessions() {
    schedule(UINT64_MAX);
    std::map<connection_key, size_t> used;
    each_session([&](fake_session& session) {
      if (session.alive && session.params)
        ++used[session.key];
    });
    for (auto& [key, outcome] : inserts_)
      if (!outcome.arrived() && used[key] > 0)
        --used[key];
    for (auto& [key, count] : used)
      require(count <= 1, "two sessions under one key");
  }

  void check_answers() {
    for (size_t i = 0; i < opens_.size(); ++i) {
      auto& call = opens_[i];
      require(answered_once(call.outcome), "an open has not one answer");
      if (!call.outcome.arrived())
        continue;
      ++results_["open: " + result_of(call.outcome)];
      if (!call.outcome.ok() || !call.outcome.value())
        continue;
      // Its own params or ones that arrived later.
      std::set<std::string> new_enough{call.username};
      for (auto j : call.concurrent)
        new_enough.insert(opens_[j].username);
      for (auto j = i + 1; j < opens_.size(); ++j)
        new_enough.insert(opens_[j].username);
      auto served = false;
      each_session([&](fake_session& session) {
        served |= session.key == call.key && session.opened
                  && new_enough.count(session.params->username) > 0;
      });
      require(served, "an open was answered without a session that new");
    }
    for (auto& call : executes_) {
      require(answered_once(call.outcome), "an execute has not one answer");
      if (!call.outcome.arrived())
        continue;
      ++results_["execute: " + result_of(call.outcome)];
      if (call.outcome.ok())
        require(call.outcome.value().output == call.body, "a wrong reply");
    }
    for (auto& call : inserts_)
      require(call.second.count() == 1, "an insert has not one answer");
    for (auto& call : creates_)
      require(call.count() == 1, "a get_or_create has not one answer");
    for (auto& call : close_alls_)
      require(call.count() == 1 && call.ok(), "a close_all has not one answer");
    for (auto& call : flags_)
      require(call.count() == 1 && call.ok(), "a set_factory was not answered");
    for (auto& call : closes_)
      require(call.count() == 1, "a close has not one answer");
    for (auto& call : orders_) {
      require(call.count() == 1, "an order has not one answer");
      ++results_["order: " + result_of(call)];
    }
    for (auto& call : clears_)
      require(call.count() == 1 && call.ok(), "a clear was not answered");
    for (auto& call : explains_)
      require(call.count() == 1 && call.ok(), "an explain was not answered");
  }

  template <class T>
  static bool answered_once(const answer<T>& outcome) {
    return outcome.count() == 1 || (outcome.count() == 0 && outcome.orphaned());
  }

  template <class T>
  static std::string result_of(const answer<T>& outcome) {
    if (outcome.ok())
      return "ok";
    // A killed connection answers with an error of CAF's own.
    return outcome.code() == errc::none ? to_string(outcome.error())
                                        : to_string(outcome.code());
  }

  void check_nothing_is_open() {
    auto statuses = d_.ask_now<std::vector<connection_status>>(manager_,
                                                               status_atom_v);
    require(statuses.value().empty(), "the registry is not empty");
    each_session([](fake_session& session) {
      require(!session.alive, "a session was left");
    });
  }

  void check_counters() {
    auto counters = d_.ask_now<std::optional<connection_counters>>(
                        manager_, counters_atom_v, std::string{"fake"})
                      .value()
                      .value_or(connection_counters{});
    size_t inserted = 0;
    for (auto& call : inserts_)
      inserted += call.second.ok() ? 1 : 0;
    require(counters.create_calls + inserted == counters.close_calls,
            "not every connection was closed and counted once");
    size_t closed_by_callers = 0;
    for (auto& call : closes_)
      closed_by_callers += call.ok() && call.value() ? 1 : 0;
    require(closed_by_callers <= counters.close_calls,
            "more closes were confirmed than counted");
    size_t opened = 0;
    each_session(
      [&](fake_session& session) { opened += session.opened ? 1 : 0; });
    require(counters.open_calls <= opened, "more opens than sessions");
    require(counters.losses + counters.evictions <= counters.open_calls,
            "more sessions were lost or evicted than opened");
  }

  void stop() {
    caf::anon_send_exit(listener_, caf::exit_reason::user_shutdown);
    listener_ = nullptr;
    if (pick(2) == 0) {
      auto done = d_.ask<caf::unit_t>(manager_, shutdown_atom_v,
                                      caf::timespan{0});
      d_.settle();
      require(done.ok(), "a shutdown was not answered");
    } else {
      caf::anon_send_exit(manager_, caf::exit_reason::user_shutdown);
    }
    manager_ = nullptr;
    opens_.clear();
    creates_.clear();
    inserts_.clear();
    plugins_.clear();
    d_.settle();
    require(d_.running() == 0, "an actor was left");
  }

  deterministic& d_;
  tally& results_;
  struct told_events : std::map<event_kind, uint64_t> {
    uint64_t missed = 0;
  };

  manager_actor manager_;
  std::shared_ptr<told_events> told_ = std::make_shared<told_events>();
  listener_actor listener_;
  std::vector<std::unique_ptr<fake_plugin>> plugins_;
  int epoch_ = 1;

  std::vector<open_call> opens_;
  std::vector<execute_call> executes_;
  std::vector<std::pair<connection_key, answer<maybe_connection>>> inserts_;
  std::vector<answer<maybe_connection>> creates_;
  std::vector<answer<bool>> closes_;
  std::vector<answer<bool>> flags_;
  std::vector<answer<uint64_t>> close_alls_;
  std::vector<answer<uint64_t>> orders_;
  std::vector<answer<uint64_t>> clears_;
  std::vector<answer<std::optional<explanation>>> explains_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(model_test)

BOOST_AUTO_TEST_CASE(
  every_interleaving_answers_each_request_once_and_leaves_nothing) {
  deterministic d;
  auto one = [&](uint64_t seed, tally& results) { run{d, seed, results}.go(); };
  run_model(10000,
            {"open: ok", "open: timeout", "open: closed", "open: refused",
             "open: connection_lost", "open: auth_failed", "open: circuit_open",
             "open: credential_stopped", "open: draining", "open: canceled",
             "execute: ok", "execute: timeout", "execute: closed",
             "execute: connection_lost", "execute: overloaded",
             "execute: draining", "order: ok"},
            one);
}

BOOST_AUTO_TEST_SUITE_END()
