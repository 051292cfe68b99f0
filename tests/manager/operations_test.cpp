#include "support/actors/managed.hpp"

#include <boost/test/unit_test.hpp>

// Orders to connections, events, explanations.

using namespace tieline;
using namespace tieline::test;

namespace {

const connection_key other{"other", "fake"};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_test)

BOOST_FIXTURE_TEST_SUITE(pausing, managed)

BOOST_AUTO_TEST_CASE(a_paused_connection_starts_nothing_until_resumed) {
  auto connection = opened(r1);
  auto running = execute(connection, "running");
  BOOST_CHECK_EQUAL(operate(operation::pause, {"r1"}).value(), 1u);
  BOOST_CHECK(status(connection).held == hold::paused);
  auto waiting = execute(connection, "waiting");
  BOOST_CHECK_EQUAL(plugin.last().work(), 1u);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(running.ok());
  BOOST_CHECK_EQUAL(plugin.last().work(), 0u);
  BOOST_CHECK(explain(r1).what == waits_for::resume);
  BOOST_CHECK_EQUAL(operate(operation::resume, {"r1"}).value(), 1u);
  BOOST_CHECK_EQUAL(plugin.last().work(), 1u);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(waiting.ok());
}

BOOST_AUTO_TEST_CASE(a_pause_holds_for_connections_made_later) {
  BOOST_CHECK_EQUAL(operate(operation::pause, {"r*"}).value(), 0u);
  auto held = open(r1, params_for("a"));
  auto free = open(other, params_for("a"));
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  BOOST_CHECK(!plugin.sessions().at(0)->wants_open());
  session_opens();
  BOOST_CHECK(free.ok());
  BOOST_CHECK(!held.arrived());
  operate(operation::resume);
  plugin.sessions().at(0)->open_ok();
  settle();
  BOOST_CHECK(held.ok());
}

BOOST_AUTO_TEST_CASE(who_opens_in_a_pause_waits_for_nothing_but_its_end) {
  auto config = plain();
  config.open_retries = 2;
  config.backoff = 20s;
  managed d{config};
  d.open(r1, params_for("a"));
  d.session_fails(errc::refused);
  d.operate(operation::pause);
  auto caller = d.open(r1, params_for("b"));
  BOOST_CHECK_EQUAL(d.plugin.sessions().size(), 1u);
  d.operate(operation::resume);
  BOOST_REQUIRE_EQUAL(d.plugin.sessions().size(), 2u);
  d.session_opens();
  BOOST_CHECK(caller.ok());
}

BOOST_AUTO_TEST_CASE(who_waits_for_its_turn_does_not_get_it_in_a_pause) {
  auto config = plain();
  config.max_opening = 1;
  managed d{config};
  auto first = d.open(r1, params_for("a"));
  auto second = d.open(r2, params_for("b"));
  d.operate(operation::pause, {"r2"});
  d.session_opens();
  d.plugin.sessions().front()->open_ok();
  d.settle();
  BOOST_CHECK(first.ok());
  BOOST_CHECK(!d.plugin.last().wants_open());
  d.operate(operation::resume);
  d.session_opens();
  BOOST_CHECK(second.ok());
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_resume_still_has_a_deadline) {
  operate(operation::pause);
  auto caller = open(r1, params_for("a"), 1s);
  advance(1s);
  BOOST_CHECK_EQUAL(caller.code(), errc::timeout);
  BOOST_CHECK_EQUAL(failure_of(caller.error()).cause, "paused by an operator");
}

BOOST_AUTO_TEST_CASE(a_session_lost_in_a_pause_is_reopened_after_it) {
  auto connection = opened(r1);
  operate(operation::pause);
  auto work = execute(connection, "x");
  lose_session();
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  BOOST_CHECK(!work.arrived());
  operate(operation::resume);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
}

BOOST_AUTO_TEST_CASE(a_paused_connection_can_be_closed) {
  opened(r1);
  operate(operation::pause);
  auto work = execute(get(r1).value(), "x");
  auto closed = close(r1);
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(closed.value());
  BOOST_CHECK_EQUAL(work.code(), errc::closed);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(draining, managed)

BOOST_AUTO_TEST_CASE(a_drain_ends_what_was_accepted_and_refuses_what_comes) {
  recorder seen{*this};
  auto pending = open(r1, params_for("admin"));
  plugin.last().traits.concurrency = 1;
  session_opens();
  auto connection = pending.value().value();
  auto first = execute(connection, "first");
  auto second = execute(connection, "second");
  auto drained = operate(operation::drain, {"r1"});
  BOOST_CHECK_EQUAL(execute(connection, "late").code(), errc::draining);
  BOOST_CHECK_EQUAL(open(r1, params_for("admin")).code(), errc::draining);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(!plugin.last().wants_close());
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(first.ok());
  BOOST_CHECK(second.ok());
  BOOST_CHECK(!drained.arrived());
  plugin.last().close_ok();
  settle();
  BOOST_CHECK_EQUAL(drained.value(), 1u);
  BOOST_CHECK_EQUAL(seen.told(), "opening opened draining drained");
  operate(operation::resume);
  auto again = execute(connection, "again");
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(again.ok());
}

BOOST_AUTO_TEST_CASE(an_open_that_was_accepted_is_served_before_the_drain) {
  auto caller = open(r1, params_for("a"));
  auto drained = operate(operation::drain);
  session_opens();
  BOOST_CHECK(caller.ok());
  BOOST_CHECK(plugin.last().wants_close());
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(drained.ok());
}

BOOST_AUTO_TEST_CASE(what_a_pause_held_back_is_done_in_a_drain) {
  auto connection = opened(r1);
  operate(operation::pause);
  auto work = execute(connection, "x");
  auto drained = operate(operation::drain);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(drained.ok());
}

BOOST_AUTO_TEST_CASE(a_drain_without_a_session_is_done_at_once) {
  ask_now<maybe_connection>(manager, get_or_create_atom_v, r1);
  BOOST_CHECK_EQUAL(operate(operation::drain).value(), 1u);
}

BOOST_AUTO_TEST_CASE(a_resume_answers_who_waits_for_a_drain) {
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  auto drained = operate(operation::drain);
  operate(operation::resume);
  BOOST_CHECK(drained.ok());
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
  BOOST_CHECK(!plugin.last().wants_close());
}

BOOST_AUTO_TEST_CASE(a_close_answers_who_waits_for_a_drain) {
  auto connection = opened(r1);
  execute(connection, "x");
  auto drained = operate(operation::drain);
  close(r1);
  advance(10s);
  BOOST_CHECK(drained.arrived());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(killing_and_reconnecting, managed)

BOOST_AUTO_TEST_CASE(a_kill_drops_the_session_and_all_work) {
  recorder seen{*this};
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  BOOST_CHECK_EQUAL(operate(operation::kill, {"r1"}).value(), 1u);
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::closed);
  BOOST_CHECK_EQUAL(seen.told(), "opening opened killed");
  // It is not gone: the next work opens it again.
  auto again = execute(connection, "y");
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(again.ok());
}

BOOST_AUTO_TEST_CASE(a_kill_ends_an_attempt) {
  auto caller = open(r1, params_for("a"));
  operate(operation::kill);
  BOOST_CHECK_EQUAL(caller.code(), errc::canceled);
  BOOST_CHECK(!plugin.last().alive);
}

BOOST_AUTO_TEST_CASE(a_kill_of_nothing_leaves_the_last_error) {
  open(r1, params_for("a"));
  session_fails(errc::auth_failed, step::auth);
  operate(operation::kill);
  BOOST_CHECK_EQUAL(open(r1, params_for("a")).code(), errc::auth_failed);
  ask_now<uint64_t>(manager, clear_credential_atom_v, std::string{"a"});
  open(r1, params_for("a"));
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 2u);
}

BOOST_AUTO_TEST_CASE(a_kill_of_what_was_never_opened_fails_nothing) {
  auto connection
    = ask_now<maybe_connection>(manager, get_or_create_atom_v, r1).value();
  operate(operation::kill);
  BOOST_CHECK_EQUAL(execute(*connection, "x").code(), errc::not_open);
}

BOOST_AUTO_TEST_CASE(a_reconnect_replaces_the_session_once_it_has_drained) {
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  BOOST_CHECK_EQUAL(operate(operation::reconnect, {"r1"}).value(), 1u);
  BOOST_CHECK(!plugin.last().wants_close());
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
  plugin.last().close_ok();
  settle();
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_CASE(a_reconnect_of_what_was_never_opened_does_nothing) {
  ask_now<maybe_connection>(manager, get_or_create_atom_v, r1);
  operate(operation::reconnect);
  BOOST_CHECK(!plugin.last().wants_open());
}

BOOST_AUTO_TEST_CASE(orders_reach_whom_the_globs_match) {
  opened({"core-1", "fake"});
  opened({"core-2", "fake"});
  opened({"edge-1", "fake"});
  BOOST_CHECK_EQUAL(operate(operation::kill, {"core-*"}).value(), 2u);
  BOOST_CHECK_EQUAL(operate(operation::kill, {"*", "fake"}).value(), 3u);
  BOOST_CHECK_EQUAL(operate(operation::kill, {"*", "other"}).value(), 0u);
  BOOST_CHECK_EQUAL(operate(operation::kill).value(), 3u);
}

BOOST_AUTO_TEST_CASE(a_connection_can_be_told_by_its_handle) {
  auto connection = opened(r1);
  auto told = ask_now<caf::unit_t>(connection, operate_atom_v, operation::kill,
                                   caf::timespan{0});
  BOOST_CHECK(told.ok());
  BOOST_CHECK(!plugin.last().alive);
  close(r1);
  told = ask_now<caf::unit_t>(connection, operate_atom_v, operation::pause,
                              caf::timespan{0});
  BOOST_CHECK_EQUAL(told.code(), errc::closed);
}

BOOST_AUTO_TEST_CASE(a_shutdown_has_a_deadline_of_its_own) {
  auto connection = opened(r1);
  auto work = execute(connection, "x", 1h);
  auto done = ask_now<caf::unit_t>(manager, shutdown_atom_v, caf::timespan{1s});
  BOOST_CHECK(!done.arrived());
  advance(1s);
  BOOST_CHECK(done.ok());
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
}

BOOST_AUTO_TEST_CASE(a_shutdown_of_what_is_idle_is_done_when_all_is_closed) {
  opened(r1);
  auto done = ask_now<caf::unit_t>(manager, shutdown_atom_v, caf::timespan{0});
  BOOST_CHECK(!done.arrived());
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(done.ok());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(watching, managed)

BOOST_AUTO_TEST_CASE(a_listener_is_told_of_what_it_chose) {
  recorder all{*this};
  recorder some{*this, {"r2"}};
  opened(r1);
  auto connection = opened(r2);
  open(r2, params_for("newer"));
  plugin.last().close_ok();
  settle();
  session_opens();
  lose_session();
  close(r2);
  BOOST_CHECK_EQUAL(some.told(),
                    "opening opened rotated opening opened lost closed");
  BOOST_CHECK_EQUAL(all.told(), "opening opened opening opened rotated "
                                "opening opened lost closed");
}

BOOST_AUTO_TEST_CASE(an_explanation_of_what_is_not_there_is_none) {
  BOOST_CHECK(
    !ask_now<std::optional<explanation>>(manager, explain_atom_v, r1).value());
}

BOOST_AUTO_TEST_CASE(an_explanation_tells_the_phase_of_an_open) {
  open(r1, params_for("a"));
  BOOST_CHECK(explain(r1).what == waits_for::transport);
  session_opens();
  BOOST_CHECK(explain(r1).what == waits_for::nothing);
  auto newer = open(r1, params_for("b"));
  BOOST_CHECK(explain(r1).what == waits_for::closing);
}

BOOST_AUTO_TEST_CASE(an_explanation_tells_when_the_next_attempt_is) {
  auto config = plain();
  config.open_retries = 1;
  config.backoff = 4s;
  config.backoff_jitter = 0;
  managed d{config};
  d.open(r1, params_for("a"));
  d.session_fails(errc::refused);
  d.advance(1s);
  auto why = d.explain(r1);
  BOOST_CHECK(why.what == waits_for::backoff);
  BOOST_CHECK(why.next_attempt_in == 3s);
  BOOST_CHECK(why.status.last_error == errc::refused);
}

BOOST_AUTO_TEST_SUITE_END()

// -- through the manager: what the admission decides --------------------------

BOOST_AUTO_TEST_CASE(a_host_that_fails_too_often_is_left_alone) {
  auto config = plain();
  config.breaker_failures = 5;
  managed d{config};
  recorder seen{d};
  for (auto i = 0; i < 5; ++i) {
    auto caller = d.open(r1, params_for("a"));
    d.session_fails(errc::unreachable);
    BOOST_CHECK_EQUAL(caller.code(), errc::unreachable);
  }
  auto refused = d.open(r1, params_for("a"));
  BOOST_CHECK_EQUAL(refused.code(), errc::circuit_open);
  BOOST_CHECK(failure_of(refused.error()).retry_after == 15s);
  BOOST_CHECK(failure_of(refused.error()).cause.find("the host is unreachable")
              != std::string::npos);
  BOOST_CHECK(d.status(d.get(r1).value()).last_error == errc::unreachable);
  BOOST_CHECK_EQUAL(d.plugin.sessions().size(), 5u);
  BOOST_CHECK_EQUAL(d.counters().open_failures, 5u);
  auto why = d.explain(r1);
  BOOST_CHECK(why.admission.breaker == breaker_state::open);
  BOOST_CHECK_EQUAL(why.admission.breaker_failures, 5u);
  d.advance(15s);
  auto probe = d.open(r1, params_for("a"));
  d.session_opens();
  BOOST_CHECK(probe.ok());
  auto told = seen.told();
  BOOST_CHECK(told.find("circuit_opened") != std::string::npos);
  BOOST_CHECK(told.find("circuit_closed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(work_for_a_host_that_is_left_alone_is_refused_at_once) {
  for (auto keep_open : {false, true})
    BOOST_TEST_CONTEXT("keep_open " << keep_open) {
      auto config = plain();
      config.breaker_failures = 1;
      config.keep_open = keep_open;
      managed d{config};
      auto connection = d.opened(r1);
      d.lose_session();
      d.advance(100ms);
      auto first = d.execute(connection, "x");
      d.session_fails(errc::unreachable);
      auto attempts = d.plugin.sessions().size();
      // Each is told the time that is left.
      d.advance(100ms);
      for (auto left : {14900ms, 13900ms, 12900ms}) {
        auto refused = d.execute(connection, "x");
        BOOST_REQUIRE_EQUAL(refused.code(), errc::circuit_open);
        BOOST_CHECK(failure_of(refused.error()).retry_after == left);
        d.advance(1s);
      }
      BOOST_CHECK_EQUAL(d.plugin.sessions().size(), attempts);
      d.advance(12s);
      auto work = d.execute(connection, "x");
      d.session_opens();
      d.plugin.last().finish_one();
      d.settle();
      BOOST_CHECK(work.ok());
    }
}

BOOST_AUTO_TEST_CASE(a_reconnect_forgets_what_the_breaker_has_counted) {
  auto config = plain();
  config.breaker_failures = 1;
  managed d{config};
  d.open(r1, params_for("a"));
  d.session_fails(errc::unreachable);
  BOOST_CHECK_EQUAL(d.open(r1, params_for("a")).code(), errc::circuit_open);
  d.operate(operation::reconnect);
  d.session_opens();
  BOOST_CHECK(d.open(r1, params_for("a")).ok());
}

BOOST_AUTO_TEST_CASE(one_wrong_password_is_tried_on_few_hosts) {
  auto config = plain();
  config.credential_failures = 3;
  config.max_opening_per_credential = 10;
  managed d{config};
  std::vector<answer<managed::maybe_connection>> callers;
  for (auto i = 0; i < 500; ++i)
    callers.push_back(
      d.open({"r" + std::to_string(i), "fake"}, params_for("admin")));
  size_t attempts = 0;
  for (auto again = true; again;) {
    again = false;
    for (size_t i = 0; i < d.plugin.sessions().size(); ++i)
      if (auto session = d.plugin.sessions()[i]; session->wants_open()) {
        session->open_fails(make_error(errc::auth_failed, {}));
        d.settle();
        ++attempts;
        again = true;
      }
  }
  BOOST_CHECK_LE(attempts, 3u + config.max_opening_per_credential);
  size_t stopped = 0;
  for (auto& caller : callers) {
    BOOST_REQUIRE(caller.arrived());
    stopped += caller.code() == errc::credential_stopped ? 1 : 0;
  }
  BOOST_CHECK_EQUAL(stopped + attempts, 500u);
  // Whoever is not concerned goes on.
  auto good = d.open({"s1", "fake"}, params_for("other"));
  d.session_opens();
  BOOST_CHECK(good.ok());
  // The operator has unlocked the account: all may try again.
  BOOST_CHECK_EQUAL(d.ask_now<uint64_t>(d.manager, clear_credential_atom_v,
                                        std::string{"admin"})
                      .value(),
                    1u);
  auto again = d.open({"r0", "fake"}, params_for("admin"));
  d.session_opens();
  BOOST_CHECK(again.ok());
}

BOOST_AUTO_TEST_CASE(callers_who_wait_for_their_turn_are_told_so) {
  auto config = plain();
  config.max_opening = 1;
  managed d{config};
  auto first = d.open(r1, params_for("a"));
  auto second = d.open(r2, params_for("b"), 1s);
  auto why = d.explain(r2);
  BOOST_CHECK(why.what == waits_for::max_opening);
  BOOST_CHECK_EQUAL(why.admission.limit, 1u);
  BOOST_CHECK_EQUAL(why.admission.position, 1u);
  d.advance(1s);
  BOOST_CHECK_EQUAL(second.code(), errc::timeout);
  BOOST_CHECK_EQUAL(failure_of(second.error()).cause,
                    "waited for its turn to open");
  // It has not been tried, so nothing has failed.
  BOOST_CHECK_EQUAL(d.counters().open_failures, 0u);
}

BOOST_AUTO_TEST_CASE(time_in_the_line_is_not_time_to_open) {
  auto config = plain();
  config.max_opening = 1;
  managed d{config};
  auto first = d.open(r1, params_for("a"));
  auto second = d.open(r2, params_for("b"));
  d.advance(20s);
  d.plugin.sessions().at(0)->open_ok();
  d.settle();
  BOOST_CHECK(first.ok());
  d.advance(29s);
  BOOST_CHECK(!second.arrived());
  d.advance(1s);
  BOOST_CHECK_EQUAL(second.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(the_longest_idle_session_makes_room) {
  auto config = plain();
  config.max_sessions = 2;
  managed d{config};
  auto oldest = d.opened({"r1", "fake"});
  d.advance(1s);
  d.opened({"r2", "fake"});
  d.advance(1s);
  d.execute(oldest, "x");
  d.plugin.sessions().at(0)->finish_one();
  d.advance(1s);
  auto third = d.open({"r3", "fake"}, params_for("a"));
  BOOST_CHECK(!d.plugin.sessions().at(0)->wants_close());
  BOOST_CHECK(d.plugin.sessions().at(1)->wants_close());
  d.plugin.sessions().at(1)->close_ok();
  d.settle();
  d.session_opens();
  BOOST_CHECK(third.ok());
  BOOST_CHECK_EQUAL(d.counters().evictions, 1u);
}

BOOST_AUTO_TEST_CASE(without_an_idle_session_an_open_waits_for_one) {
  auto config = plain();
  config.max_sessions = 1;
  managed d{config};
  auto busy = d.opened(r1);
  auto work = d.execute(busy, "x");
  auto waits = d.open(r2, params_for("a"));
  BOOST_CHECK(!waits.arrived());
  d.plugin.sessions().at(0)->finish_one();
  d.settle();
  BOOST_CHECK(work.ok());
  d.advance(1s);
  d.plugin.sessions().at(0)->close_ok();
  d.settle();
  d.session_opens();
  BOOST_CHECK(waits.ok());
}

BOOST_AUTO_TEST_CASE(many_are_looked_at_by_a_selector) {
  managed d;
  d.opened({"edge-1", "fake"});
  d.opened({"edge-2", "fake"});
  auto core = d.opened({"core-1", "fake"});
  auto work = d.execute(core, "x", 1h);
  auto lost = d.open({"edge-3", "fake"}, params_for("a"));
  d.session_fails(errc::refused);
  auto edges = d.ask_now<std::vector<connection_status>>(d.manager,
                                                         status_atom_v,
                                                         selector{"edge-[12]"});
  BOOST_REQUIRE_EQUAL(edges.value().size(), 2u);
  BOOST_CHECK_EQUAL(edges.value()[0].key.hostname, "edge-1");
  BOOST_CHECK_EQUAL(edges.value()[1].key.hostname, "edge-2");
  auto why = d.ask_now<std::vector<explanation>>(d.manager, explain_atom_v,
                                                 selector{"core-*"});
  BOOST_REQUIRE_EQUAL(why.value().size(), 1u);
  BOOST_CHECK_EQUAL(why.value()[0].running.size(), 1u);
  auto sum = d.ask_now<connection_summary>(operator_actor{d.manager},
                                           summary_atom_v, selector{});
  using states = std::map<connection_state, uint64_t>;
  BOOST_CHECK_EQUAL(sum.value().total, 4u);
  BOOST_CHECK(
    (sum.value().states
     == states{{connection_state::open, 3}, {connection_state::closed, 1}}));
  BOOST_CHECK(
    (sum.value().errors == std::map<errc, uint64_t>{{errc::refused, 1}}));
  BOOST_CHECK_EQUAL(sum.value().in_flight, 1u);
  d.operate(operation::pause, {"edge-*"});
  sum = d.ask_now<connection_summary>(d.manager, summary_atom_v,
                                      selector{"edge-*"});
  BOOST_CHECK(
    (sum.value().held == std::map<hold, uint64_t>{{hold::paused, 3}}));
}

BOOST_AUTO_TEST_CASE(params_may_have_a_policy_of_their_own) {
  managed d;
  auto params = params_for("admin");
  policy_overrides how;
  how.idle_timeout = 10s;
  params.policy = how;
  auto pending = d.open(r1, params);
  d.session_opens();
  BOOST_CHECK(pending.ok());
  // It concerns the connection, not the session.
  how.idle_timeout = 20s;
  params.policy = how;
  BOOST_CHECK(d.open(r1, params).ok());
  BOOST_CHECK_EQUAL(d.plugin.sessions().size(), 1u);
  d.advance(15s);
  BOOST_CHECK(!d.plugin.last().wants_close());
  d.advance(8s);
  BOOST_CHECK(d.plugin.last().wants_close());
}

BOOST_AUTO_TEST_CASE(a_policy_that_is_wrong_is_named) {
  managed d;
  auto params = params_for("admin");
  policy_overrides how;
  how.open_timeout = caf::timespan{0};
  params.policy = how;
  auto wrong = d.open(r1, params);
  BOOST_CHECK_EQUAL(wrong.code(), errc::invalid_params);
  BOOST_CHECK_EQUAL(
    failure_of(wrong.error()).cause.rfind("policy.open_timeout: must be ", 0),
    0u);
  how = {};
  how.open_timeout = 5s;
  params.policy = how;
  params.extras["open-timeout"] = "5s";
  auto twice = d.open(r1, params);
  BOOST_CHECK_EQUAL(failure_of(twice.error()).cause,
                    "extras.open-timeout: is said by policy, too");
}

BOOST_AUTO_TEST_SUITE_END()
