#include "support/actors/managed.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::test;

namespace {

caf::error refused() {
  return make_error(errc::refused, {{}, step::connect, "port 22"});
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_test)

BOOST_FIXTURE_TEST_SUITE(connection, managed)

// -- opening ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_thousand_callers_race_and_share_one_attempt) {
  std::vector<answer<maybe_connection>> callers;
  for (auto i = 0; i < 1000; ++i)
    callers.push_back(ask<maybe_connection>(manager, caf::open_atom_v, r1,
                                            params_for("a"), caf::timespan{0}));
  settle();
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 1u);
  plugin.last().open_ok();
  settle();
  for (auto& caller : callers)
    BOOST_REQUIRE(caller.value() == callers.front().value());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_failing_attempt_fails_all_its_waiters_once) {
  auto first = open(r1, params_for("a"));
  auto second = open(r1, params_for("a"));
  plugin.last().open_fails(refused());
  settle();
  BOOST_CHECK_EQUAL(first.code(), errc::refused);
  BOOST_CHECK_EQUAL(second.code(), errc::refused);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 0, 0, 1}));
  BOOST_CHECK(!plugin.last().alive);
  // The entry stays, with what went wrong.
  auto now = status(get(r1).value());
  BOOST_CHECK_EQUAL(now.state, connection_state::closed);
  BOOST_CHECK(now.last_error == errc::refused);
}

BOOST_AUTO_TEST_CASE(
  an_open_after_a_failure_tries_again_with_a_fresh_transport) {
  open(r1, params_for("a"));
  plugin.last().open_fails(refused());
  settle();
  auto again = open(r1, params_for("a"));
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(again.ok());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 1}));
  BOOST_CHECK(!status(get(r1).value()).last_error);
}

BOOST_AUTO_TEST_CASE(an_open_connection_answers_at_once_and_counts_nothing) {
  auto connection = opened(r1, "a");
  BOOST_CHECK(open(r1, params_for("a")).value() == connection);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(each_waiter_has_its_own_deadline) {
  auto hurried = open(r1, params_for("a"), 1s);
  auto patient = open(r1, params_for("a"), 5s);
  advance(1s);
  BOOST_CHECK_EQUAL(hurried.code(), errc::timeout);
  BOOST_CHECK(failure_of(hurried.error()).at == step::open);
  BOOST_CHECK(!patient.arrived());
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(patient.ok());
}

BOOST_AUTO_TEST_CASE(the_last_waiter_to_leave_aborts_the_attempt) {
  open(r1, params_for("a"), 1s);
  open(r1, params_for("a"), 2s);
  advance(1s);
  BOOST_CHECK(plugin.last().alive);
  advance(1s);
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(status(get(r1).value()).state, connection_state::closed);
  BOOST_CHECK_EQUAL(counters().open_calls, 0u);
}

BOOST_AUTO_TEST_CASE(without_a_timeout_of_its_own_a_caller_waits_the_default) {
  auto caller = open(r1, params_for("a"));
  advance(settings{}.open_timeout - 1ms);
  BOOST_CHECK(!caller.arrived());
  advance(1ms);
  BOOST_CHECK_EQUAL(caller.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(a_transport_that_dies_during_its_open_fails_the_attempt) {
  auto caller = open(r1, params_for("a"));
  plugin.last().lose();
  settle();
  BOOST_CHECK_EQUAL(caller.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(counters().open_failures, 1u);
}

BOOST_AUTO_TEST_CASE(a_transport_that_dies_before_its_first_open_is_replaced) {
  ask_now<maybe_connection>(manager, get_or_create_atom_v, r1);
  plugin.last().lose();
  settle();
  auto caller = open(r1, params_for("a"));
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(caller.ok());
}

// -- newer params -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(other_params_replace_an_idle_session) {
  auto connection = opened(r1, "old");
  auto caller = open(r1, params_for("new"));
  auto old = plugin.sessions().at(0);
  BOOST_CHECK(old->wants_close());
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
  old->close_ok();
  settle();
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  BOOST_CHECK_EQUAL(plugin.last().params->username, "new");
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(caller.value() == connection);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 2, 0, 0}));
}

BOOST_AUTO_TEST_CASE(other_params_let_a_busy_session_finish_its_work) {
  auto connection = opened(r1, "old");
  auto before = execute(connection, "before");
  open(r1, params_for("new"));
  auto after = execute(connection, "after");
  auto old = plugin.sessions().at(0);
  BOOST_CHECK(!old->wants_close());
  BOOST_CHECK_EQUAL(old->work(), 1u);
  old->finish_one();
  settle();
  BOOST_CHECK_EQUAL(before.value().output, "before");
  old->close_ok();
  settle();
  plugin.last().open_ok();
  settle();
  BOOST_CHECK_EQUAL(plugin.last().work(), 1u);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(after.value().output, "after");
}

BOOST_AUTO_TEST_CASE(an_old_session_that_does_not_close_is_dropped_in_time) {
  opened(r1, "old");
  auto caller = open(r1, params_for("new"));
  advance(settings{}.close_timeout);
  BOOST_CHECK(!plugin.sessions().at(0)->alive);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(caller.ok());
}

BOOST_AUTO_TEST_CASE(an_attempt_with_stale_params_serves_nobody) {
  auto early = open(r1, params_for("old"));
  auto late = open(r1, params_for("new"));
  auto stale = plugin.sessions().at(0);
  BOOST_CHECK(!stale->alive);
  plugin.last().open_ok();
  settle();
  // Those who came early get what the newest params brought.
  BOOST_CHECK(early.ok());
  BOOST_CHECK(late.ok());
  BOOST_CHECK_EQUAL(plugin.last().params->username, "new");
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_stale_success_on_its_way_is_discarded) {
  auto early = ask<maybe_connection>(manager, caf::open_atom_v, r1,
                                     params_for("old"), caf::timespan{0});
  settle();
  auto stale = plugin.sessions().at(0);
  // The success and the newer params are both under way at once.
  auto late = ask<maybe_connection>(manager, caf::open_atom_v, r1,
                                    params_for("new"), caf::timespan{0});
  stale->open_ok();
  settle();
  if (plugin.sessions().size() == 1) {
    stale->close_ok();
    settle();
  }
  BOOST_CHECK(!stale->alive);
  BOOST_CHECK(!late.arrived());
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(early.ok());
  BOOST_CHECK(late.ok());
  BOOST_CHECK_EQUAL(plugin.last().params->username, "new");
}

// -- work ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(work_before_the_first_open_is_refused) {
  auto connection
    = ask_now<maybe_connection>(manager, get_or_create_atom_v, r1).value();
  BOOST_CHECK_EQUAL(execute(*connection, "x").code(), errc::not_open);
}

BOOST_AUTO_TEST_CASE(work_during_an_open_waits_for_it) {
  open(r1, params_for("a"));
  auto connection = get(r1).value();
  auto work = execute(connection, "x");
  BOOST_CHECK_EQUAL(status(connection).queued, 1u);
  plugin.last().open_ok();
  settle();
  BOOST_CHECK_EQUAL(status(connection).in_flight, 1u);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(work.value().output, "x");
}

BOOST_AUTO_TEST_CASE(work_has_a_deadline) {
  auto connection = opened(r1);
  auto explicit_one = execute(connection, "x", 1s);
  auto default_one = execute(connection, "y");
  advance(1s);
  BOOST_CHECK_EQUAL(explicit_one.code(), errc::timeout);
  BOOST_CHECK(failure_of(explicit_one.error()).at == step::execute);
  advance(settings{}.execute_timeout);
  BOOST_CHECK_EQUAL(default_one.code(), errc::timeout);
  // The session is not blamed for it.
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_CASE(a_timeout_is_told_in_the_words_of_the_transport) {
  auto connection = opened(r1);
  auto work = execute(connection, "x", 1s);
  advance(1s);
  BOOST_CHECK_EQUAL(work.code(), errc::timeout);
  BOOST_CHECK_EQUAL(failure_of(work.error()).cause, "so says the transport");
}

BOOST_AUTO_TEST_CASE(a_transport_that_keeps_no_time_is_not_waited_for) {
  auto connection = opened(r1);
  plugin.last().keeps_time = false;
  auto first = execute(connection, "x", 1s);
  auto second = execute(connection, "y", 5s);
  advance(2s - 1ms);
  BOOST_CHECK(!first.arrived());
  advance(1ms);
  BOOST_CHECK_EQUAL(first.code(), errc::timeout);
  BOOST_CHECK(failure_of(first.error()).at == step::execute);
  BOOST_CHECK_EQUAL(status(connection).in_flight, 1u);
  advance(4s);
  BOOST_CHECK_EQUAL(second.code(), errc::timeout);
  BOOST_CHECK_EQUAL(status(connection).in_flight, 0u);
  // The session is not blamed for it.
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
}

BOOST_AUTO_TEST_CASE(a_closed_connection_is_closed_though_it_was_drained) {
  auto connection = opened(r1);
  operate(operation::drain);
  plugin.last().close_ok();
  settle();
  BOOST_CHECK_EQUAL(execute(connection, "x").code(), errc::draining);
  close(r1);
  BOOST_CHECK_EQUAL(execute(connection, "x").code(), errc::closed);
  BOOST_CHECK_EQUAL(ask_now<caf::unit_t>(connection, caf::open_atom_v,
                                         params_for("admin"), caf::timespan{0})
                      .code(),
                    errc::closed);
}

BOOST_AUTO_TEST_CASE(
  a_connection_that_has_moved_says_so_though_it_was_drained) {
  auto connection = opened(r1);
  operate(operation::drain);
  plugin.last().close_ok();
  settle();
  ask_now<caf::unit_t>(caf::actor_cast<tenant_actor>(connection),
                       hand_over_atom_v);
  BOOST_CHECK_EQUAL(execute(connection, "x").code(), errc::not_owner);
}

BOOST_AUTO_TEST_CASE(an_open_that_times_out_tells_how_far_it_came) {
  auto caller = open(r1, params_for("a"), 1s);
  advance(1s);
  BOOST_CHECK_EQUAL(caller.code(), errc::timeout);
  BOOST_CHECK_EQUAL(failure_of(caller.error()).cause,
                    "the transport has not opened the session yet");
  // Whoever looks later is told the same.
  BOOST_CHECK_EQUAL(failure_of(status(get(r1).value()).last_error).cause,
                    "the transport has not opened the session yet");
}

BOOST_AUTO_TEST_CASE(a_late_result_answers_nobody_twice) {
  auto connection = opened(r1);
  plugin.last().keeps_time = false;
  auto work = execute(connection, "x", 1s);
  advance(2s);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(work.count(), 1u);
}

// -- loss ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(work_in_flight_at_a_loss_is_answered_and_never_run_twice) {
  auto connection = opened(r1);
  auto first = execute(connection, "x");
  auto second = execute(connection, "y");
  plugin.last().lose();
  settle();
  BOOST_CHECK_EQUAL(first.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(second.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(work_that_waits_at_a_loss_is_run_on_the_next_session) {
  auto pending = open(r1, params_for("a"));
  plugin.last().traits.concurrency = 1;
  session_opens();
  auto connection = pending.value().value();
  auto running = execute(connection, "running");
  auto waiting = execute(connection, "waiting");
  // A transport answers its work before it ends.
  auto& lost = plugin.last();
  lost.fail_one(make_error(errc::connection_lost, {{}, step::execute, "gone"}));
  settle();
  BOOST_CHECK_EQUAL(running.code(), errc::connection_lost);
  BOOST_CHECK(!waiting.arrived());
  BOOST_CHECK_EQUAL(lost.work(), 0u);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(waiting.value().output, "waiting");
  BOOST_CHECK_EQUAL(counters().losses, 1u);
}

BOOST_AUTO_TEST_CASE(work_that_had_not_begun_at_a_loss_runs_on_the_next_one) {
  auto connection = opened(r1);
  auto begun = execute(connection, "begun");
  auto first = execute(connection, "first");
  auto second = execute(connection, "second");
  auto& lost = plugin.last();
  // As a transport answers: what it had not begun comes before the rest.
  auto unbegun = make_error(
    errc::connection_lost,
    {{}, step::channel, "gone", caf::timespan{0}, {{"begun", "no"}}});
  lost.fail_last(unbegun);
  lost.fail_last(unbegun);
  lost.fail_one(make_error(
    errc::connection_lost,
    {{}, step::execute, "gone", caf::timespan{0}, {{"output", "half"}}}));
  lost.lose();
  settle();
  BOOST_CHECK_EQUAL(begun.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(failure_of(begun.error()).details["output"], "half");
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  session_opens();
  BOOST_CHECK_EQUAL(plugin.last().work(), 2u);
  plugin.last().finish_one();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(first.value().output, "first");
  BOOST_CHECK_EQUAL(second.value().output, "second");
}

BOOST_AUTO_TEST_CASE(work_that_waits_again_keeps_its_deadline) {
  auto connection = opened(r1);
  auto late = execute(connection, "late", 5s);
  advance(3s);
  plugin.last().fail_one(make_error(
    errc::connection_lost,
    {{}, step::channel, "gone", caf::timespan{0}, {{"begun", "no"}}}));
  plugin.last().lose();
  settle();
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  advance(1999ms);
  BOOST_CHECK(!late.arrived());
  advance(1ms);
  BOOST_CHECK_EQUAL(late.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(a_session_that_worked_is_replaced_without_a_wait) {
  auto connection = opened(r1);
  for (auto i = 0; i < 7; ++i) {
    auto answer = execute(connection, "x");
    if (i > 0)
      session_opens();
    plugin.last().finish_one();
    settle();
    BOOST_CHECK(answer.ok());
    plugin.last().hang_up();
    settle();
  }
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 7u);
}

BOOST_AUTO_TEST_CASE(a_lost_session_is_reopened_once_by_the_next_work) {
  auto connection = opened(r1);
  plugin.last().lose();
  settle();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::closed);
  auto first = execute(connection, "x");
  auto second = execute(connection, "y");
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  plugin.last().open_ok();
  settle();
  plugin.last().finish_one();
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(first.ok());
  BOOST_CHECK(second.ok());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 2, 0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(a_reopened_connection_keeps_its_handle) {
  auto connection = opened(r1);
  plugin.last().lose();
  settle();
  BOOST_CHECK(opened(r1) == connection);
}

BOOST_AUTO_TEST_CASE(a_reopen_without_a_factory_is_a_typed_error) {
  auto connection = opened(r1);
  ask_now<bool>(manager, remove_factory_atom_v, std::string{"fake"});
  plugin.last().lose();
  settle();
  BOOST_CHECK_EQUAL(execute(connection, "x").code(), errc::factory_not_set);
}

// -- closing ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_close_during_an_open_answers_the_opener_closed) {
  auto caller = open(r1, params_for("a"));
  BOOST_CHECK(close(r1).value());
  BOOST_CHECK_EQUAL(caller.code(), errc::closed);
  BOOST_CHECK(!plugin.last().alive);
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(a_close_lets_work_in_flight_end) {
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  auto closed = close(r1);
  BOOST_CHECK(!plugin.last().wants_close());
  BOOST_CHECK_EQUAL(execute(connection, "y").code(), errc::closed);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(closed.value());
}

BOOST_AUTO_TEST_CASE(a_transport_that_hangs_in_close_is_dropped_in_time) {
  opened(r1);
  auto closed = close(r1);
  advance(settings{}.close_timeout - 1ms);
  BOOST_CHECK(!closed.arrived());
  advance(1ms);
  BOOST_CHECK(closed.value());
  BOOST_CHECK(!plugin.last().alive);
}

BOOST_AUTO_TEST_CASE(a_loss_during_a_close_closes) {
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  auto closed = close(r1);
  plugin.last().lose();
  settle();
  BOOST_CHECK(closed.value());
  BOOST_CHECK(!work.ok());
  BOOST_CHECK_EQUAL(counters().close_calls, 1u);
}

BOOST_AUTO_TEST_CASE(a_close_while_params_change_answers_everybody) {
  auto connection = opened(r1, "old");
  auto work = execute(connection, "x");
  auto caller = open(r1, params_for("new"));
  auto queued = execute(connection, "y");
  auto closed = close(r1);
  BOOST_CHECK_EQUAL(caller.code(), errc::closed);
  BOOST_CHECK_EQUAL(queued.code(), errc::closed);
  plugin.last().finish_one();
  settle();
  BOOST_CHECK(work.ok());
  plugin.last().close_ok();
  settle();
  BOOST_CHECK(closed.value());
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(a_handle_kept_after_close_answers_closed) {
  auto connection = opened(r1);
  close(r1);
  plugin.last().close_ok();
  settle();
  auto reopened = ask_now<caf::unit_t>(connection, caf::open_atom_v,
                                       params_for("a"), caf::timespan{0});
  BOOST_CHECK_EQUAL(reopened.code(), errc::closed);
  BOOST_CHECK_EQUAL(execute(connection, "x").code(), errc::closed);
  BOOST_CHECK(!ask_now<bool>(connection, caf::close_atom_v).value());
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::closed);
}

BOOST_AUTO_TEST_CASE(a_closed_connection_is_gone_with_its_last_handle) {
  auto before = running();
  auto connection = opened(r1);
  close(r1);
  plugin.last().close_ok();
  settle();
  BOOST_CHECK_EQUAL(running(), before + 1);
  connection = nullptr;
  settle();
  BOOST_CHECK_EQUAL(running(), before);
}

// -- what a review found ------------------------------------------------------

BOOST_AUTO_TEST_CASE(callers_who_keep_coming_do_not_keep_a_hung_attempt_alive) {
  auto early = open(r1, params_for("a"), 10s);
  advance(9s);
  auto late = open(r1, params_for("a"), 10s);
  advance(1s);
  BOOST_CHECK_EQUAL(early.code(), errc::timeout);
  BOOST_CHECK(!plugin.sessions().front()->alive);
  BOOST_REQUIRE_EQUAL(plugin.sessions().size(), 2u);
  BOOST_CHECK(!late.arrived());
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(late.ok());
  BOOST_CHECK_EQUAL(counters(), (connection_counters{1, 1, 0, 1}));
}

BOOST_AUTO_TEST_CASE(an_attempt_that_all_have_left_counts_as_failed) {
  open(r1, params_for("a"), 1s);
  advance(1s);
  auto now = status(get(r1).value());
  BOOST_CHECK(now.last_error == errc::timeout);
  BOOST_CHECK_EQUAL(counters().open_failures, 1u);
}

BOOST_AUTO_TEST_CASE(an_infinite_timeout_is_no_timeout) {
  auto forever = caf::timespan{caf::infinite};
  auto caller = open(r1, params_for("a"), forever);
  auto work = execute(get(r1).value(), "x", forever);
  advance(24h);
  BOOST_CHECK(!caller.arrived());
  BOOST_CHECK(!work.arrived());
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(caller.ok());
}

BOOST_AUTO_TEST_CASE(work_without_end_does_not_hold_up_newer_params) {
  auto connection = opened(r1, "old");
  auto endless = execute(connection, "x", 24h);
  auto caller = open(r1, params_for("new"));
  advance(settings{}.close_timeout);
  BOOST_CHECK_EQUAL(endless.code(), errc::connection_lost);
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(caller.ok());
  BOOST_CHECK_EQUAL(plugin.last().params->username, "new");
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_not_tried_again_by_work) {
  auto connection = opened(r1);
  plugin.last().lose();
  settle();
  auto first = execute(connection, "x");
  plugin.last().open_fails(make_error(errc::auth_failed, {}));
  settle();
  auto second = execute(connection, "y");
  BOOST_CHECK_EQUAL(first.code(), errc::auth_failed);
  BOOST_CHECK_EQUAL(second.code(), errc::auth_failed);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 2u);
}

BOOST_AUTO_TEST_CASE(work_after_a_first_open_that_failed_gets_its_error) {
  open(r1, params_for("a"));
  plugin.last().open_fails(refused());
  settle();
  BOOST_CHECK_EQUAL(execute(get(r1).value(), "x").code(), errc::refused);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(work_in_flight_is_told_why_its_session_was_lost) {
  auto connection = opened(r1);
  auto work = execute(connection, "x");
  plugin.last().lose();
  settle();
  BOOST_CHECK_EQUAL(failure_of(work.error()).cause, "peer has gone");
}

BOOST_AUTO_TEST_CASE(an_app_that_is_linked_and_ends_normally_closes_nothing) {
  auto connection = opened(r1);
  sys().spawn([this, connection](caf::event_based_actor* app) {
    app->link_to(connection);
    app->link_to(manager);
  });
  settle();
  BOOST_CHECK_EQUAL(status(connection).state, connection_state::open);
  BOOST_CHECK(get(r1) == connection);
}

BOOST_AUTO_TEST_CASE(a_closed_connection_leaves_nothing_with_its_callers) {
  auto caller = sys().spawn(
    [](caf::event_based_actor*) { return caf::behavior{[](caf::ok_atom) {}}; });
  auto connection
    = *ask_now<maybe_connection>(manager, get_or_create_atom_v, r1).value();
  auto opening
    = ask_now<caf::unit_t>(caf::actor_cast<tenant_actor>(connection),
                           caf::open_atom_v, params_for("a"), caf::timespan{0},
                           caf::actor_cast<caf::strong_actor_ptr>(caller));
  session_opens();
  BOOST_CHECK(opening.ok());
  caf::weak_actor_ptr weak{
    caf::actor_cast<caf::strong_actor_ptr>(connection).get()};
  close(r1);
  plugin.last().close_ok();
  settle();
  connection = nullptr;
  settle();
  // What a caller holds weakly keeps the connection's memory.
  auto refs = weak.get()->weak_refs.load();
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  settle();
  BOOST_CHECK_EQUAL(weak.get()->weak_refs.load(), refs);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
