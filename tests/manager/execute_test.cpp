#include "support/actors/managed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

// Requests that a manager runs: it opens what they need.

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture : managed {
  using managed::managed;

  answer<reply> run(const connection_key& key, const std::string& body,
                    const std::string& username = "admin",
                    caf::timespan timeout = 0s) {
    request what;
    what.body = body;
    what.timeout = timeout;
    return ask_now<reply>(opener_actor{manager}, execute_atom_v, key,
                          params_for(username), what);
  }
};

settings impatient() {
  auto result = plain();
  result.backoff = 10s;
  result.backoff_jitter = 0;
  return result;
}

std::string by(const caf::error& x) {
  return failure_of(x).details["by"];
}

} // namespace

BOOST_AUTO_TEST_SUITE(execute_test)

BOOST_FIXTURE_TEST_SUITE(at_the_manager, fixture)

BOOST_AUTO_TEST_CASE(it_opens_what_is_not_open_and_runs) {
  auto done = run(r1, "show version");
  BOOST_CHECK(!done.arrived());
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(done.value().output, "show version");
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(what_is_open_is_not_opened_again) {
  opened(r1);
  auto done = run(r1, "x");
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(done.ok());
  BOOST_CHECK_EQUAL(counters().open_calls, 1u);
}

BOOST_AUTO_TEST_CASE(many_callers_share_one_attempt) {
  auto first = run(r1, "x");
  auto second = run(r1, "y");
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  session_opens();
  plugin.last().finish_one();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(first.value().output, "x");
  BOOST_CHECK_EQUAL(second.value().output, "y");
}

BOOST_AUTO_TEST_CASE(without_a_factory_it_is_an_error_not_nothing) {
  ask_now<bool>(manager, remove_factory_atom_v, std::string{"fake"});
  BOOST_CHECK_EQUAL(run(r1, "x").code(), errc::factory_not_set);
  // The seed's empty results stay where they are.
  ask_now<bool>(manager, set_factory_atom_v, std::string{"other"},
                plugin.factory());
  BOOST_CHECK_EQUAL(run(r1, "x").code(), errc::factory_not_set);
  BOOST_CHECK(!open(r1, params_for("a")).value());
}

BOOST_AUTO_TEST_CASE(the_error_of_the_open_is_its_answer) {
  auto done = run(r1, "x");
  session_fails(errc::auth_failed, step::auth);
  BOOST_CHECK_EQUAL(done.code(), errc::auth_failed);
  BOOST_CHECK(failure_of(done.error()).key == r1);
}

BOOST_AUTO_TEST_CASE(its_time_is_for_both_together) {
  auto never_open = run(r1, "x", "admin", 5s);
  advance(4s);
  BOOST_CHECK(!never_open.arrived());
  advance(1s);
  BOOST_CHECK_EQUAL(never_open.code(), errc::timeout);
  auto slow = run(r2, "x", "admin", 5s);
  advance(3s);
  session_opens();
  BOOST_CHECK_EQUAL(plugin.last().work(), 1u);
  advance(1s);
  BOOST_CHECK(!slow.arrived());
  advance(2s);
  BOOST_CHECK_EQUAL(slow.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(other_params_replace_the_session) {
  opened(r1, "old");
  auto done = run(r1, "x", "new");
  plugin.sessions().at(0)->close_ok();
  settle();
  session_opens();
  BOOST_CHECK_EQUAL(plugin.last().params->username, "new");
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(done.ok());
}

BOOST_AUTO_TEST_CASE(a_killed_connection_leaves_it_open_whether_it_ran) {
  auto connection = opened(r1);
  auto work = run(r1, "x");
  caf::anon_send_exit(connection, caf::exit_reason::kill);
  settle();
  BOOST_CHECK(class_of(work.error()) == failure_class::lost);
}

BOOST_AUTO_TEST_CASE(a_manager_that_ends_answers_closed) {
  auto waiting = run(r1, "x");
  stop();
  BOOST_CHECK_EQUAL(waiting.code(), errc::closed);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(messages_without_a_time, fixture)

BOOST_AUTO_TEST_CASE(the_settings_hold) {
  auto caller = ask_now<maybe_connection>(manager, caf::open_atom_v, r1,
                                          params_for("a"));
  advance(settings{}.open_timeout - 1ms);
  BOOST_CHECK(!caller.arrived());
  advance(1ms);
  BOOST_CHECK_EQUAL(caller.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(each_of_them_is_understood) {
  auto connection = opened(r1);
  BOOST_CHECK(
    ask_now<caf::unit_t>(connection, caf::open_atom_v, params_for("admin"))
      .ok());
  auto many = ask_now<std::vector<open_outcome>>(manager, caf::open_atom_v,
                                                 std::vector<open_item>{
                                                   {r1, params_for("admin")}});
  BOOST_CHECK(many.value().at(0).connection == connection);
  BOOST_CHECK(
    ask_now<caf::unit_t>(connection, operate_atom_v, operation::pause).ok());
  BOOST_CHECK_EQUAL(ask_now<uint64_t>(operator_actor{manager}, operate_atom_v,
                                      operation::resume, selector{})
                      .value(),
                    1u);
  // It needs a time, and says so.
  BOOST_CHECK_EQUAL(ask_now<uint64_t>(manager, operate_atom_v,
                                      operation::expect_disconnect, selector{})
                      .code(),
                    errc::invalid_request);
  auto gone = ask_now<caf::unit_t>(operator_actor{manager}, shutdown_atom_v);
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(gone.ok());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(who_ended_it, fixture)

BOOST_AUTO_TEST_CASE(a_kill_is_no_loss) {
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  operate(operation::kill, {"r1"});
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
  BOOST_CHECK_EQUAL(by(work.error()), "kill");
  BOOST_CHECK(class_of(work.error()) == failure_class::canceled);
}

BOOST_AUTO_TEST_CASE(work_that_a_close_cuts_off_is_canceled) {
  auto connection = opened(r1);
  auto work = execute(connection, "x", 1h);
  close(r1);
  advance(settings{}.close_timeout);
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
  BOOST_CHECK_EQUAL(by(work.error()), "close");
}

BOOST_AUTO_TEST_CASE(work_that_a_reconnect_cuts_off_is_canceled) {
  auto connection = opened(r1);
  auto work = execute(connection, "x", 1h);
  operate(operation::reconnect, {"r1"});
  advance(settings{}.close_timeout);
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
  BOOST_CHECK_EQUAL(by(work.error()), "reconnect");
  // The next one is cut off by newer params, which is a matter of retries.
  session_opens();
  work = execute(connection, "x", 1h);
  open(r1, params_for("new"));
  advance(settings{}.close_timeout);
  BOOST_CHECK_EQUAL(work.code(), errc::connection_lost);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(what_waits_for_a_busy_session_times_out_in_its_queue) {
  managed d;
  auto pending = d.open(r1, params_for("admin"));
  d.plugin.last().traits.concurrency = 1;
  d.session_opens();
  auto connection = pending.value().value();
  auto first = d.execute(connection, "first", 1h);
  auto second = d.execute(connection, "second", 1s);
  d.advance(1s);
  BOOST_CHECK_EQUAL(second.code(), errc::timeout);
  BOOST_CHECK_EQUAL(describe(second.error()),
                    "fake://r1: timed out (execute): waited in the queue: "
                    "other requests run on the session");
}

BOOST_AUTO_TEST_CASE(refusals_while_a_host_is_left_alone_are_no_events) {
  auto config = plain();
  config.breaker_failures = 1;
  config.breaker_delay = 1h;
  config.breaker_delay_max = 1h;
  config.queue_limit = 1;
  managed d{config};
  auto connection = d.opened(r1);
  d.lose_session();
  auto first = d.execute(connection, "x", 1s);
  d.session_fails(errc::refused);
  recorder events{d};
  for (int i = 0; i < 3; ++i) {
    auto refused = d.execute(connection, "x", 10s);
    BOOST_CHECK_EQUAL(refused.code(), errc::circuit_open);
    BOOST_CHECK(retry_after(refused.error()) > 1min);
  }
  BOOST_CHECK_EQUAL(events.told(), "");
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_told_once) {
  auto config = plain();
  config.queue_limit = 1;
  managed d{config};
  auto pending = d.open(r1, params_for("admin"));
  d.plugin.last().traits.concurrency = 1;
  d.session_opens();
  auto connection = pending.value().value();
  recorder events{d};
  auto runs = d.execute(connection, "a", 1h);
  auto waits = d.execute(connection, "b", 1h);
  for (int i = 0; i < 3; ++i)
    BOOST_CHECK_EQUAL(d.execute(connection, "c", 1h).code(), errc::overloaded);
  BOOST_CHECK_EQUAL(events.told(), "overloaded");
  d.plugin.last().finish_one();
  d.settle();
  auto fits = d.execute(connection, "d", 1h);
  BOOST_CHECK_EQUAL(d.execute(connection, "e", 1h).code(), errc::overloaded);
  BOOST_CHECK_EQUAL(events.told(), "overloaded");
}

BOOST_AUTO_TEST_CASE(who_asks_has_a_name) {
  managed d;
  auto pending = d.open(r1, params_for("admin"));
  d.plugin.last().traits.concurrency = 1;
  d.session_opens();
  auto connection = pending.value().value();
  request named;
  named.body = "x";
  named.timeout = 1h;
  named.caller = "nightly backup";
  auto first = d.ask_now<reply>(connection, execute_atom_v, named);
  auto second = d.execute(connection, "y", 1h);
  auto seen = d.explain(r1);
  BOOST_REQUIRE_EQUAL(seen.running.size(), 1u);
  BOOST_CHECK_EQUAL(seen.running[0].who, "nightly backup");
  BOOST_REQUIRE_EQUAL(seen.queued.size(), 1u);
  BOOST_CHECK_MESSAGE(seen.queued[0].who.find('#') != std::string::npos,
                      seen.queued[0].who);
  recorder events{d};
  d.advance(settings{}.long_hold);
  auto all = events.events();
  auto hold = std::find_if(all.begin(), all.end(), [](const auto& x) {
    return x.what == event_kind::long_hold;
  });
  BOOST_REQUIRE(hold != all.end());
  BOOST_CHECK_EQUAL(hold->detail, "nightly backup");
  BOOST_CHECK_EQUAL(describe(*hold),
                    "fake://r1: long hold for 20s: nightly backup");
}

BOOST_AUTO_TEST_CASE(a_request_shorter_than_the_backoff_is_told_when_to_retry) {
  managed d{impatient()};
  auto connection = d.opened(r1);
  d.lose_session();
  auto first = d.execute(connection, "x", 1min);
  d.session_fails(errc::refused);
  auto brief = d.execute(connection, "x", 1s);
  BOOST_CHECK(class_of(brief.error()) == failure_class::transient);
  BOOST_CHECK(retry_after(brief.error()) > 1s);
  // It has made no attempt that could have been refused.
  BOOST_CHECK_EQUAL(brief.code(), errc::timeout);
  auto words = describe(brief.error());
  BOOST_CHECK_MESSAGE(words.find("the next attempt is in ") != words.npos,
                      words);
}

BOOST_AUTO_TEST_SUITE_END()
