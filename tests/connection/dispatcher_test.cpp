#include "support/actors/managed.hpp"

#include "tieline/actors/runtime/caller_name.hpp"

#include <boost/test/unit_test.hpp>

// Eviction, the queue, callers that end, long holders, probes.

using namespace tieline;
using namespace tieline::test;

namespace {

settings evicting() {
  auto result = plain();
  result.idle_timeout = 300s;
  result.max_lifetime = 3600s;
  result.eviction_jitter = 0;
  return result;
}

settings probing() {
  auto result = plain();
  result.probe_after = 30s;
  result.probe_timeout = 5s;
  return result;
}

settings queueing() {
  auto result = plain();
  result.queue_limit = 4;
  return result;
}

struct with_eviction : managed {
  with_eviction() : managed(evicting()) {
    // nop
  }
};

struct with_probes : managed {
  with_probes() : managed(probing()) {
    // nop
  }
};

struct with_queue : managed {
  with_queue() : managed(queueing()) {
    // nop
  }

  /// Opens a connection whose session runs that much at once.
  connection_actor narrow(uint64_t concurrency) {
    auto pending = open(r1, params_for("admin"));
    plugin.last().traits.concurrency = concurrency;
    session_opens();
    return pending.value().value();
  }

  /// Has an actor of its own send a request. It ends when told to.
  caf::actor caller_of(const connection_actor& connection, std::string body) {
    request what;
    what.body = std::move(body);
    auto caller = sys().spawn([=](caf::event_based_actor* self) {
      compat::request(self, connection, caf::infinite, execute_atom_v, what)
        .then([](const reply&) {}, [](const caf::error&) {});
    });
    settle();
    return caller;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_test)

BOOST_FIXTURE_TEST_SUITE(eviction, with_eviction)

BOOST_AUTO_TEST_CASE(an_idle_session_is_closed_and_reopened_by_work) {
  recorder seen{*this};
  auto connection = opened(r1);
  advance(300s - 1ms);
  BOOST_CHECK(!plugin.last().wants_close());
  advance(1ms);
  BOOST_CHECK(plugin.last().wants_close());
  plugin.last().close_ok();
  settle();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::closed);
  BOOST_CHECK_EQUAL(counters().evictions, 1u);
  BOOST_CHECK_EQUAL(counters().losses, 0u);
  BOOST_CHECK_EQUAL(seen.told(), "opening opened evicted");
  auto work = execute(connection, "x");
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
}

BOOST_AUTO_TEST_CASE(work_puts_idleness_off) {
  auto connection = opened(r1);
  advance(200s);
  execute(connection, "x");
  plugin.last().finish_one();
  advance(299s);
  BOOST_CHECK(!plugin.last().wants_close());
  advance(1s);
  BOOST_CHECK(plugin.last().wants_close());
}

BOOST_AUTO_TEST_CASE(a_session_in_use_is_never_evicted) {
  auto connection = opened(r1);
  auto work = execute(connection, "x", 24h);
  advance(5h);
  BOOST_CHECK(!plugin.last().wants_close());
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
  // Its lifetime is over long since.
  BOOST_CHECK(plugin.last().wants_close());
}

BOOST_AUTO_TEST_CASE(an_old_session_is_replaced_by_the_next_work) {
  auto connection = opened(r1);
  for (auto i = 0; i < 36; ++i) {
    execute(connection, "x");
    plugin.last().finish_one();
    advance(100s);
  }
  BOOST_CHECK(plugin.last().wants_close());
  auto work = execute(connection, "y");
  plugin.last().close_ok();
  settle();
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(work.value().output, "y");
}

BOOST_AUTO_TEST_CASE(a_plugin_and_a_connection_can_have_times_of_their_own) {
  auto config = evicting();
  config.plugins["fake"] = config;
  config.plugins["fake"].idle_timeout = 10s;
  managed other{config};
  auto params = params_for("admin");
  params.extras["idle_timeout"] = "20s";
  other.opened(r1);
  other.open(r2, params);
  other.session_opens();
  other.advance(10s);
  BOOST_CHECK(other.plugin.sessions().at(0)->wants_close());
  BOOST_CHECK(!other.plugin.sessions().at(1)->wants_close());
  other.advance(10s);
  BOOST_CHECK(other.plugin.sessions().at(1)->wants_close());
  // The transport knows nothing of it.
  BOOST_CHECK(other.plugin.last().params->extras.empty());
}

BOOST_AUTO_TEST_CASE(a_setting_in_the_extras_changes_no_session) {
  auto connection = opened(r1);
  auto params = params_for("admin");
  params.extras["idle_timeout"] = "10s";
  BOOST_CHECK(open(r1, params).value() == connection);
  BOOST_CHECK_EQUAL(counters().open_calls, 1u);
  BOOST_CHECK_EQUAL(status(connection).epoch, 1u);
}

BOOST_AUTO_TEST_CASE(a_bad_setting_in_the_extras_harms_nobody_else) {
  auto connection = opened(r1);
  auto params = params_for("admin");
  params.extras["idle_timeout"] = "-1s";
  auto bad = open(r1, params);
  BOOST_CHECK_EQUAL(bad.code(), errc::invalid_params);
  BOOST_CHECK(failure_of(bad.error()).cause.find("extras.idle_timeout")
              != std::string::npos);
  BOOST_CHECK(failure_of(bad.error()).key == r1);
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_CASE(work_that_came_to_nothing_in_a_pause_puts_nothing_off) {
  auto connection = opened(r1);
  advance(290s);
  operate(operation::pause);
  auto work = execute(connection, "x", 20s);
  advance(20s);
  BOOST_CHECK_EQUAL(work.code(), errc::timeout);
  BOOST_CHECK(plugin.last().wants_close());
}

BOOST_AUTO_TEST_CASE(a_setting_in_the_extras_holds_at_once) {
  opened(r1);
  advance(1min);
  auto params = params_for("admin");
  params.extras["idle_timeout"] = "90s";
  open(r1, params);
  advance(30s);
  BOOST_CHECK(plugin.last().wants_close());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(the_queue, with_queue)

BOOST_AUTO_TEST_CASE(a_session_gets_no_more_at_once_than_it_can_run) {
  auto connection = narrow(2);
  std::vector<answer<reply>> work;
  for (auto body : {"a", "b", "c"})
    work.push_back(execute(connection, body));
  BOOST_CHECK_EQUAL(plugin.last().work(), 2u);
  BOOST_CHECK_EQUAL(status(connection).queued, 1u);
  BOOST_CHECK_EQUAL(explain(r1).what == waits_for::running_requests, true);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(plugin.last().work(), 2u);
  plugin.last().finish_one();
  plugin.last().finish_one();
  settle();
  for (auto& x : work)
    BOOST_CHECK(x.ok());
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_told_at_once) {
  recorder seen{*this};
  auto connection = narrow(1);
  std::vector<answer<reply>> work;
  for (auto i = 0; i < 5; ++i)
    work.push_back(execute(connection, "x"));
  auto refused = execute(connection, "y");
  BOOST_CHECK_EQUAL(refused.code(), errc::overloaded);
  for (auto i = 0; i < 5; ++i) {
    plugin.last().finish_one();
    settle();
  }
  for (auto& x : work)
    BOOST_CHECK(x.ok());
  BOOST_CHECK_EQUAL(seen.told(), "opening opened overloaded");
}

BOOST_AUTO_TEST_CASE(what_a_dead_caller_has_queued_is_not_run) {
  auto connection = narrow(1);
  auto first = execute(connection, "first");
  auto caller = caller_of(connection, "of the dead");
  auto last = execute(connection, "last");
  BOOST_CHECK_EQUAL(status(connection).queued, 2u);
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  settle();
  BOOST_CHECK_EQUAL(status(connection).queued, 1u);
  plugin.last().finish_one();
  settle();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(first.value().output, "first");
  BOOST_CHECK_EQUAL(last.value().output, "last");
}

BOOST_AUTO_TEST_CASE(an_open_that_only_the_dead_wait_for_is_given_up) {
  auto caller = sys().spawn([this](caf::event_based_actor* self) {
    compat::request(self, manager, caf::infinite, caf::open_atom_v, r1,
                    params_for("a"), caf::timespan{0})
      .then([](const maybe_connection&) {}, [](const caf::error&) {});
  });
  settle();
  BOOST_REQUIRE(plugin.last().wants_open());
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  settle();
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(status(get(r1).value()).waiting, 0u);
}

BOOST_AUTO_TEST_CASE(a_request_waits_for_its_turn_only_so_long) {
  auto connection = narrow(1);
  auto first = execute(connection, "x", 5min);
  auto second = execute(connection, "y");
  advance(settings{}.acquire_timeout);
  BOOST_CHECK_EQUAL(second.code(), errc::timeout);
  BOOST_CHECK(failure_of(second.error()).cause.find("other requests run")
              != std::string::npos);
  BOOST_CHECK(!first.arrived());
}

BOOST_AUTO_TEST_CASE(once_it_runs_a_request_has_its_full_time) {
  auto connection = narrow(1);
  execute(connection, "x");
  auto second = execute(connection, "y");
  advance(29s);
  plugin.last().finish_one();
  settle();
  advance(29s);
  BOOST_CHECK(!second.arrived());
  advance(1s);
  BOOST_CHECK_EQUAL(second.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(long_holders_and_long_waiters_are_reported_once) {
  auto connection = narrow(1);
  recorder seen{*this};
  execute(connection, "x", 1h);
  execute(connection, "y", 1h);
  advance(5s - 1ms);
  BOOST_CHECK_EQUAL(seen.told(), "");
  advance(1ms);
  BOOST_CHECK_EQUAL(seen.told(), "long_wait");
  advance(15s);
  BOOST_REQUIRE_EQUAL(seen.events().size(), 1u);
  BOOST_CHECK(seen.events().front().span == 20s);
  BOOST_CHECK(!seen.events().front().detail.empty());
  BOOST_CHECK_EQUAL(seen.told(), "long_hold");
  advance(10min);
  BOOST_CHECK_EQUAL(seen.told(), "");
}

BOOST_AUTO_TEST_CASE(an_explanation_tells_who_holds_and_who_waits) {
  auto connection = narrow(1);
  auto holder = caller_of(connection, "x");
  auto waiter = caller_of(connection, "y");
  advance(3s);
  auto why = explain(r1);
  BOOST_CHECK(why.what == waits_for::running_requests);
  BOOST_REQUIRE_EQUAL(why.running.size(), 1u);
  BOOST_CHECK_EQUAL(why.running[0].who, caller_name(holder.address()));
  BOOST_CHECK(why.running[0].span == 3s);
  BOOST_REQUIRE_EQUAL(why.queued.size(), 1u);
  BOOST_CHECK_EQUAL(why.queued[0].who, caller_name(waiter.address()));
  BOOST_CHECK(why.session_age == 3s);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(probes, with_probes)

BOOST_AUTO_TEST_CASE(a_session_in_constant_use_is_not_probed) {
  auto connection = opened(r1);
  for (auto i = 0; i < 10; ++i) {
    advance(29s);
    auto work = execute(connection, "x");
    BOOST_CHECK(!plugin.last().wants_probe());
    plugin.last().finish_one();
    settle();
    BOOST_CHECK(work.ok());
  }
}

BOOST_AUTO_TEST_CASE(a_session_idle_for_long_is_probed_before_work) {
  auto connection = opened(r1);
  advance(30s);
  auto work = execute(connection, "x");
  BOOST_CHECK(plugin.last().wants_probe());
  BOOST_CHECK_EQUAL(plugin.last().work(), 0u);
  BOOST_CHECK(explain(r1).what == waits_for::probe);
  plugin.last().probe_ok();
  settle();
  BOOST_CHECK_EQUAL(plugin.last().work(), 1u);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
}

BOOST_AUTO_TEST_CASE(work_is_run_on_a_fresh_session_if_the_probe_is_in_vain) {
  recorder seen{*this};
  auto connection = opened(r1);
  advance(60s);
  auto work = execute(connection, "x");
  advance(5s);
  BOOST_CHECK(!plugin.sessions().at(0)->alive);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(work.value().output, "x");
  BOOST_CHECK_EQUAL(counters().losses, 1u);
  BOOST_CHECK_EQUAL(seen.told(),
                    "opening opened lost long_wait opening opened");
}

BOOST_AUTO_TEST_CASE(work_that_comes_during_a_probe_waits_for_it) {
  auto connection = opened(r1);
  advance(60s);
  auto first = execute(connection, "x");
  auto second = execute(connection, "y");
  plugin.last().probe_ok();
  settle();
  BOOST_CHECK_EQUAL(plugin.last().work(), 2u);
}

BOOST_AUTO_TEST_CASE(a_session_that_is_lost_during_a_probe_is_replaced) {
  auto connection = opened(r1);
  advance(60s);
  auto work = execute(connection, "x");
  lose_session();
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
}

BOOST_AUTO_TEST_CASE(a_late_answer_to_a_probe_changes_nothing) {
  auto connection = opened(r1);
  advance(60s);
  execute(connection, "x");
  auto old = plugin.sessions().at(0);
  old->probe_ok();
  advance(5s);
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
