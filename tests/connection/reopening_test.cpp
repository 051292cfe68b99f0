#include "support/actors/managed.hpp"

#include <boost/test/unit_test.hpp>

// Retries, backoff, what is terminal, keep-open, expected losses.

using namespace tieline;
using namespace tieline::test;

namespace {

/// Backoff as in the defaults, but without chance.
settings patient() {
  auto result = plain();
  result.open_retries = 2;
  result.backoff = 1s;
  result.backoff_max = 60s;
  result.backoff_jitter = 0;
  result.stable_after = 60s;
  return result;
}

settings kept_open() {
  auto result = patient();
  result.keep_open = true;
  return result;
}

struct retrying : managed {
  retrying() : managed(patient()) {
    // nop
  }
};

struct keeping : managed {
  keeping() : managed(kept_open()) {
    // nop
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(reopening_test)

BOOST_FIXTURE_TEST_SUITE(retries, retrying)

BOOST_AUTO_TEST_CASE(network_errors_are_tried_again_within_an_open) {
  recorder seen{*this};
  auto caller = open(r1, params_for("a"));
  session_fails(errc::refused);
  BOOST_CHECK(!caller.arrived());
  auto connection = get(r1).value();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::backoff);
  advance(999ms);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  advance(1ms);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_fails(errc::unreachable);
  advance(2s);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 3u);
  session_opens();
  BOOST_CHECK(caller.ok());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 2}));
  BOOST_CHECK_EQUAL(status(connection).attempts, 3u);
  BOOST_CHECK_EQUAL(seen.told(), "opening open_failed backoff opening "
                                 "open_failed backoff opening opened");
}

BOOST_AUTO_TEST_CASE(the_last_retry_s_error_is_answered) {
  auto caller = open(r1, params_for("a"));
  session_fails(errc::refused);
  advance(1s);
  session_fails(errc::refused);
  advance(2s);
  session_fails(errc::unreachable);
  BOOST_CHECK_EQUAL(caller.code(), errc::unreachable);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 3u);
  BOOST_CHECK_EQUAL(status(get(r1).value()).state, connection_state::closed);
  advance(10min);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 3u);
}

BOOST_AUTO_TEST_CASE(what_no_retry_can_mend_is_answered_at_once) {
  const std::pair<errc, step> rows[] = {
    {errc::auth_failed, step::auth},
    {errc::host_key_changed, step::host_key},
    {errc::host_key_unknown, step::host_key},
    {errc::invalid_params, step::open},
    {errc::no_common_algorithm, step::key_exchange},
    {errc::transport_failed, step::open},
    // Whoever hangs up on a login may have counted it.
    {errc::connection_lost, step::auth},
    {errc::timeout, step::auth},
  };
  for (auto [code, at] : rows)
    BOOST_TEST_CONTEXT(to_string(code) << " at " << to_string(at)) {
      connection_key key{to_string(code) + to_string(at), "fake"};
      auto before = plugin.sessions().size();
      auto caller = open(key, params_for("a"));
      session_fails(code, at);
      BOOST_CHECK_EQUAL(caller.code(), code);
      advance(5min);
      BOOST_CHECK_EQUAL(plugin.sessions().size(), before + 1);
    }
}

BOOST_AUTO_TEST_CASE(nobody_is_kept_waiting_for_a_retry_that_comes_too_late) {
  auto caller = open(r1, params_for("a"), 500ms);
  session_fails(errc::refused);
  // Not a timeout half a second later: the cause, now.
  BOOST_CHECK_EQUAL(caller.code(), errc::refused);
}

BOOST_AUTO_TEST_CASE(a_caller_who_leaves_in_backoff_ends_it) {
  auto caller = open(r1, params_for("a"), 1500ms);
  session_fails(errc::refused);
  advance(1s);
  session_fails(errc::refused);
  BOOST_CHECK_EQUAL(caller.code(), errc::refused);
  BOOST_CHECK_EQUAL(status(get(r1).value()).state, connection_state::closed);
}

BOOST_AUTO_TEST_CASE(an_open_in_backoff_joins) {
  auto first = open(r1, params_for("a"));
  session_fails(errc::refused);
  auto second = open(r1, params_for("a"));
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  advance(1s);
  session_opens();
  BOOST_CHECK(first.ok());
  BOOST_CHECK(second.ok());
}

BOOST_AUTO_TEST_CASE(newer_params_in_backoff_are_tried_at_once) {
  auto first = open(r1, params_for("old"));
  session_fails(errc::refused);
  auto second = open(r1, params_for("new"));
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  BOOST_CHECK(first.ok());
  BOOST_CHECK(second.ok());
  BOOST_CHECK_EQUAL(status(get(r1).value()).epoch, 2u);
}

BOOST_AUTO_TEST_CASE(a_close_in_backoff_answers_everybody) {
  auto caller = open(r1, params_for("a"));
  session_fails(errc::refused);
  BOOST_CHECK(close(r1).value());
  BOOST_CHECK_EQUAL(caller.code(), errc::closed);
  advance(1min);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(a_timeout_says_what_went_wrong_before) {
  auto caller = open(r1, params_for("a"), 2s);
  session_fails(errc::refused);
  advance(1s);
  // The second attempt hangs.
  advance(1s);
  BOOST_CHECK_EQUAL(caller.code(), errc::timeout);
  BOOST_CHECK_EQUAL(failure_of(caller.error()).cause,
                    "the transport has not opened the session yet; "
                    "last attempt: connection refused; as the test says");
}

// -- refused for good ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_refused_login_is_terminal_until_the_params_change) {
  open(r1, params_for("a"));
  session_fails(errc::auth_failed, step::auth);
  BOOST_CHECK_EQUAL(open(r1, params_for("a")).code(), errc::auth_failed);
  BOOST_CHECK_EQUAL(execute(get(r1).value(), "x").code(), errc::auth_failed);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  auto other = open(r1, params_for("b"));
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  BOOST_CHECK(other.ok());
}

BOOST_AUTO_TEST_CASE(a_changed_host_key_is_terminal_until_a_reconnect) {
  open(r1, params_for("a"));
  session_fails(errc::host_key_changed, step::host_key);
  BOOST_CHECK_EQUAL(open(r1, params_for("a")).code(), errc::host_key_changed);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  // The operator has mended known_hosts.
  BOOST_CHECK_EQUAL(operate(operation::reconnect, {"r1"}).value(), 1u);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  BOOST_CHECK(open(r1, params_for("a")).ok());
}

BOOST_AUTO_TEST_CASE(a_named_credential_that_was_refused_is_looked_at_again) {
  auto named = params_for("a");
  named.extras["credential"] = "core";
  auto given_back = [this] {
    return plugin.last().params->extras["credential_refused"];
  };
  auto refuse = [this](const std::string& mark) {
    failure why{r1, step::auth, "refused"};
    why.details["credential_mark"] = mark;
    plugin.last().open_fails(make_error(errc::auth_failed, std::move(why)));
    settle();
  };
  open(r1, named);
  BOOST_CHECK_EQUAL(given_back(), "");
  refuse("first");
  // Its transport says whether it is another one by now.
  open(r1, named);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  BOOST_CHECK_EQUAL(given_back(), "first");
  refuse("second");
  // Work that nobody has opened anew for is no reason to look.
  BOOST_CHECK_EQUAL(execute(get(r1).value(), "x").code(), errc::auth_failed);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  open(r1, named);
  BOOST_CHECK_EQUAL(given_back(), "second");
  session_fails(errc::unreachable, step::connect);
  BOOST_CHECK_EQUAL(given_back(), "second");
  // The operator has mended the account.
  BOOST_CHECK_EQUAL(operate(operation::reconnect, {"r1"}).value(), 1u);
  advance(1min);
  BOOST_CHECK_EQUAL(given_back(), "");
  session_opens();
}

// -- after a loss -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lost_session_is_not_reopened_unasked) {
  opened(r1);
  lose_session();
  advance(10min);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  BOOST_CHECK_EQUAL(counters().losses, 1u);
}

BOOST_AUTO_TEST_CASE(work_soon_after_a_loss_waits_for_the_backoff) {
  auto connection = opened(r1);
  lose_session();
  auto work = execute(connection, "x");
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::backoff);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  advance(1s);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(work.value().output, "x");
}

BOOST_AUTO_TEST_CASE(work_some_time_after_a_loss_does_not_wait) {
  auto connection = opened(r1);
  lose_session();
  advance(1s);
  execute(connection, "x");
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 2u);
}

BOOST_AUTO_TEST_CASE(losses_in_a_row_are_followed_by_longer_waits) {
  auto connection = opened(r1);
  for (auto wait : {1s, 2s, 4s, 8s, 16s}) {
    lose_session();
    execute(connection, "x");
    auto before = plugin.sessions().size();
    advance(wait - 1ms);
    BOOST_REQUIRE_EQUAL(plugin.sessions().size(), before);
    advance(1ms);
    BOOST_REQUIRE_EQUAL(plugin.sessions().size(), before + 1);
    session_opens();
    plugin.last().finish_one();
    settle();
  }
}

BOOST_AUTO_TEST_CASE(a_stable_session_makes_the_next_wait_the_first_again) {
  auto connection = opened(r1);
  for (auto i = 0; i < 3; ++i) {
    lose_session();
    execute(connection, "x");
    advance(1s);
    BOOST_REQUIRE_EQUAL(plugin.sessions().size(), size_t(i) + 2);
    session_opens();
    plugin.last().finish_one();
    advance(1min);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(keep_open, keeping)

BOOST_AUTO_TEST_CASE(a_lost_session_is_reopened_unasked) {
  recorder seen{*this};
  auto connection = opened(r1);
  lose_session();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::backoff);
  advance(1s);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
  BOOST_CHECK_EQUAL(seen.told(), "opening opened lost backoff opening opened");
}

BOOST_AUTO_TEST_CASE(it_goes_on_trying_with_growing_waits) {
  auto connection = opened(r1);
  lose_session();
  size_t made = 1;
  for (auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    advance(wait - 1ms);
    BOOST_REQUIRE_EQUAL(plugin.sessions().size(), made);
    advance(1ms);
    BOOST_REQUIRE_EQUAL(plugin.sessions().size(), ++made);
    session_fails(errc::unreachable);
  }
  advance(60s);
  session_opens();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_CASE(a_hung_attempt_that_nobody_waits_for_has_a_limit) {
  auto connection = opened(r1);
  lose_session();
  advance(1s);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  advance(settings{}.open_timeout);
  BOOST_CHECK(!plugin.sessions().at(1)->alive);
  BOOST_CHECK(status(connection).last_error == errc::timeout);
  advance(2s);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 3u);
}

BOOST_AUTO_TEST_CASE(a_refused_login_ends_the_trying) {
  auto connection = opened(r1);
  lose_session();
  advance(1s);
  session_fails(errc::auth_failed, step::auth);
  advance(1h);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 2u);
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::closed);
}

BOOST_AUTO_TEST_CASE(a_login_that_may_be_tried_again_is) {
  auto connection = opened(r1);
  lose_session();
  advance(1s);
  session_fails(errc::auth_failed, step::auth);
  auto made = plugin.sessions().size();
  ask_now<uint64_t>(manager, clear_credential_atom_v, std::string{"admin"});
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), made + 1);
  session_opens();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_CASE(a_first_open_that_fails_is_not_kept_up) {
  auto caller = open(r1, params_for("a"), 100ms);
  session_fails(errc::refused);
  BOOST_CHECK_EQUAL(caller.code(), errc::refused);
  advance(1h);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(an_open_does_not_wait_for_the_next_attempt) {
  opened(r1);
  lose_session();
  advance(1s);
  session_fails(errc::unreachable);
  auto caller = open(r1, params_for("admin"));
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 3u);
  session_opens();
  BOOST_CHECK(caller.ok());
}

BOOST_AUTO_TEST_CASE(it_can_be_set_for_one_connection_and_taken_back) {
  auto params = params_for("admin");
  params.extras["keep_open"] = "false";
  open(r1, params);
  session_opens();
  lose_session();
  advance(1h);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(a_hung_attempt_has_a_limit_whoever_comes_late) {
  auto connection = opened(r1);
  lose_session();
  advance(1s);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  advance(29s);
  auto work = execute(connection, "x");
  // The attempt's time is over, then the caller's.
  advance(1s);
  advance(30s);
  BOOST_CHECK(work.arrived());
  BOOST_CHECK(!plugin.sessions().at(1)->alive);
}

BOOST_AUTO_TEST_CASE(a_resume_before_a_drain_is_done_keeps_it_open) {
  auto connection = opened(r1);
  operate(operation::drain);
  BOOST_REQUIRE(plugin.last().wants_close());
  operate(operation::resume);
  plugin.last().close_ok();
  settle();
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(expected_losses, retrying)

BOOST_AUTO_TEST_CASE(a_reboot_that_was_announced_is_waited_for) {
  auto connection = opened(r1);
  BOOST_CHECK_EQUAL(operate(operation::expect_disconnect, {"r1"}, 5min).value(),
                    1u);
  lose_session();
  auto work = execute(connection, "x", 10min);
  size_t made = 1;
  for (auto i = 0; i < 20; ++i) {
    advance(5s);
    BOOST_REQUIRE_GT(plugin.sessions().size(), made);
    made = plugin.sessions().size();
    session_fails(errc::refused);
    BOOST_REQUIRE(!work.arrived());
  }
  advance(5s);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(work.value().output, "x");
}

BOOST_AUTO_TEST_CASE(a_host_that_reboots_is_opened_again_unasked) {
  auto connection = opened(r1);
  operate(operation::expect_disconnect, {"r1"}, 5min);
  lose_session();
  advance(5s);
  session_opens();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_CASE(when_the_window_is_over_failures_count_again) {
  auto connection = opened(r1);
  operate(operation::expect_disconnect, {"r1"}, 10s);
  lose_session();
  auto work = execute(connection, "x", 10min);
  for (auto i = 0; i < 10 && !work.arrived(); ++i) {
    advance(60s);
    if (plugin.last().wants_open())
      session_fails(errc::refused);
  }
  BOOST_CHECK_EQUAL(work.code(), errc::refused);
  auto made = plugin.sessions().size();
  advance(1h);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), made);
}

BOOST_AUTO_TEST_CASE(it_needs_a_time) {
  BOOST_CHECK_EQUAL(operate(operation::expect_disconnect).code(),
                    errc::invalid_request);
}

BOOST_AUTO_TEST_SUITE_END()

// -- what a review found ------------------------------------------------------

BOOST_AUTO_TEST_CASE(work_for_a_host_that_is_left_alone_fails_fast) {
  auto config = plain();
  config.breaker_failures = 1;
  managed d{config};
  auto connection = d.opened(r1);
  d.lose_session();
  auto work = d.execute(connection, "x");
  d.session_fails(errc::unreachable);
  BOOST_CHECK_EQUAL(work.code(), errc::unreachable);
  for (auto i = 0; i < 3; ++i) {
    auto refused = d.execute(connection, "y");
    BOOST_REQUIRE(refused.arrived());
    BOOST_CHECK_EQUAL(refused.code(), errc::circuit_open);
    BOOST_CHECK(failure_of(refused.error()).retry_after == 15s);
  }
  BOOST_CHECK_EQUAL(d.plugin.sessions().size(), 2u);
  d.advance(15s);
  d.execute(connection, "z");
  BOOST_CHECK_EQUAL(d.plugin.sessions().size(), 3u);
}

BOOST_AUTO_TEST_CASE(so_does_work_for_one_that_is_kept_open) {
  auto config = kept_open();
  config.breaker_failures = 1;
  managed d{config};
  auto connection = d.opened(r1);
  d.lose_session();
  d.advance(1s);
  d.session_fails(errc::unreachable);
  d.advance(3s);
  BOOST_CHECK(d.status(connection).last_error == errc::unreachable);
  for (auto i = 0; i < 3; ++i) {
    auto refused = d.execute(connection, "y");
    BOOST_REQUIRE(refused.arrived());
    BOOST_CHECK_EQUAL(refused.code(), errc::circuit_open);
  }
  // It goes on trying all the same.
  d.advance(2min);
  BOOST_CHECK_GT(d.plugin.sessions().size(), 2u);
}

namespace {

/// Has all attempts of a second fail at once; returns how many there were.
size_t failures_in_a_second(managed& d) {
  auto before = d.plugin.sessions().size();
  for (auto i = 0; i < 1000; ++i) {
    if (d.plugin.last().wants_open())
      d.session_fails(errc::refused);
    d.advance(1ms);
  }
  return d.plugin.sessions().size() - before;
}

} // namespace

BOOST_AUTO_TEST_CASE(without_backoff_a_session_is_not_kept_open_in_a_hot_loop) {
  auto config = plain();
  config.keep_open = true;
  managed d{config};
  d.opened(r1);
  d.lose_session();
  auto attempts = failures_in_a_second(d);
  BOOST_CHECK_GT(attempts, 5u);
  BOOST_CHECK_LT(attempts, 15u);
}

BOOST_AUTO_TEST_CASE(without_backoff_a_reboot_is_not_polled_in_a_hot_loop) {
  managed d;
  auto connection = d.opened(r1);
  d.operate(operation::expect_disconnect, {"r1"}, 5min);
  d.lose_session();
  auto work = d.execute(connection, "x", 10min);
  BOOST_CHECK_LT(failures_in_a_second(d), 15u);
  BOOST_CHECK(!work.arrived());
}

BOOST_AUTO_TEST_CASE(a_host_that_hangs_is_left_alone_as_one_that_fails) {
  auto config = plain();
  config.breaker_failures = 2;
  managed d{config};
  for (auto i = 0; i < 2; ++i) {
    auto caller = d.open(r1, params_for("a"));
    d.advance(config.open_timeout);
    BOOST_CHECK_EQUAL(caller.code(), errc::timeout);
  }
  auto refused = d.open(r1, params_for("a"));
  BOOST_REQUIRE(refused.arrived());
  BOOST_CHECK_EQUAL(refused.code(), errc::circuit_open);
}

BOOST_AUTO_TEST_CASE(callers_in_a_hurry_say_nothing_about_a_host) {
  auto config = plain();
  config.breaker_failures = 2;
  managed d{config};
  for (auto i = 0; i < 5; ++i) {
    auto caller = d.open(r1, params_for("a"), 10ms);
    d.advance(10ms);
    BOOST_CHECK_EQUAL(caller.code(), errc::timeout);
  }
}

BOOST_AUTO_TEST_CASE(an_attempt_that_was_killed_takes_no_time_of_the_next) {
  auto config = plain();
  config.max_opening = 1;
  config.open_timeout = 5s;
  managed d{config};
  d.open(r1, params_for("a"));
  d.operate(operation::kill);
  d.open(r2, params_for("b"), 1min);
  auto caller = d.open(r1, params_for("a"));
  d.advance(6s);
  BOOST_CHECK(!caller.arrived());
  d.session_opens();
  d.session_opens();
  BOOST_CHECK(caller.ok());
}

BOOST_AUTO_TEST_CASE(nor_does_one_that_was_given_up_between_attempts) {
  auto config = patient();
  config.max_opening = 1;
  config.open_timeout = 5s;
  managed d{config};
  auto first = d.open(r1, params_for("a"));
  d.session_fails(errc::refused);
  first.kill_caller();
  d.settle();
  d.open(r2, params_for("b"), 1min);
  auto caller = d.open(r1, params_for("a"));
  d.advance(6s);
  BOOST_CHECK(!caller.arrived());
  d.session_opens();
  d.session_opens();
  BOOST_CHECK(caller.ok());
}

BOOST_AUTO_TEST_CASE(a_spare_transport_that_dies_in_the_line_is_replaced) {
  auto config = plain();
  config.max_opening = 1;
  managed d{config};
  d.open(r1, params_for("a"));
  auto caller = d.open(r2, params_for("b"));
  BOOST_REQUIRE_EQUAL(d.plugin.sessions().size(), 2u);
  d.plugin.last().lose();
  d.settle();
  d.plugin.sessions().at(0)->open_ok();
  d.settle();
  BOOST_REQUIRE_EQUAL(d.plugin.sessions().size(), 3u);
  d.session_opens();
  BOOST_CHECK(caller.ok());
}

BOOST_AUTO_TEST_CASE(sessions_that_are_lost_at_once_are_no_hot_loop_either) {
  auto config = plain();
  config.keep_open = true;
  config.stable_after = 0s;
  managed d{config};
  d.opened(r1);
  d.lose_session();
  for (auto i = 0; i < 1000; ++i) {
    if (d.plugin.last().wants_open()) {
      d.session_opens();
      d.lose_session();
    }
    d.advance(1ms);
  }
  BOOST_CHECK_LT(d.plugin.sessions().size(), 15u);
}

BOOST_AUTO_TEST_CASE(work_is_not_kept_waiting_for_an_attempt_that_is_too_late) {
  auto config = patient();
  config.backoff = 1min;
  managed d{config};
  auto connection = d.opened(r1);
  d.lose_session();
  auto hurried = d.execute(connection, "x");
  BOOST_REQUIRE(hurried.arrived());
  BOOST_CHECK_EQUAL(hurried.code(), errc::timeout);
  auto patient = d.execute(connection, "y", 2min);
  d.advance(1min);
  d.session_opens();
  d.plugin.last().finish_one();
  d.settle();
  BOOST_CHECK(patient.ok());
}

BOOST_AUTO_TEST_SUITE_END()
