#include "support/actors/managed.hpp"

#include "tieline/actors/workflow/run.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

// Requests that are given up: by their caller's end, by their tag, with a run.

using namespace tieline;
using namespace tieline::test;

namespace {

using texts = std::vector<std::string>;

request tagged(std::string body, std::string tag) {
  request result;
  result.body = std::move(body);
  result.tag = std::move(tag);
  return result;
}

struct fixture : managed {
  answer<reply> run(const connection_actor& connection, request what) {
    return ask_now<reply>(connection, execute_atom_v, std::move(what));
  }

  answer<reply> run_at(const connection_key& key, request what) {
    return ask_now<reply>(opener_actor{manager}, execute_atom_v, key,
                          params_for("admin"), std::move(what));
  }

  template <class Handle, class... Ts>
  uint64_t cancel(const Handle& to, Ts... xs) {
    return ask_now<uint64_t>(to, cancel_atom_v, std::move(xs)...).value();
  }

  /// Returns a connection whose session runs one request at a time.
  connection_actor opened_for_one() {
    auto pending = open(r1, params_for("admin"));
    plugin.last().traits.concurrency = 1;
    session_opens();
    return pending.value().value();
  }

  const texts& given_up() {
    return plugin.last().canceled;
  }
};

std::string by(const caf::error& x) {
  return failure_of(x).details["by"];
}

} // namespace

BOOST_AUTO_TEST_SUITE(cancel_test)

BOOST_FIXTURE_TEST_SUITE(by_the_end_of_its_caller, fixture)

BOOST_AUTO_TEST_CASE(a_request_that_runs_is_given_up) {
  auto connection = opened(r1);
  auto first = execute(connection, "first", 1h);
  auto second = execute(connection, "second", 1h);
  first.kill_caller();
  settle();
  BOOST_TEST(given_up() == texts{"first"});
  BOOST_TEST(status(connection).in_flight == 1u);
  plugin.last().finish_one();
  settle();
  BOOST_TEST(second.value().output == "second");
}

BOOST_AUTO_TEST_CASE(a_request_that_waits_does_not_run) {
  auto connection = opened_for_one();
  auto first = execute(connection, "first", 1h);
  auto second = execute(connection, "second", 1h);
  auto third = execute(connection, "third", 1h);
  second.kill_caller();
  settle();
  plugin.last().finish_one();
  settle();
  plugin.last().finish_one();
  settle();
  BOOST_TEST(third.ok());
  BOOST_TEST(given_up().empty());
}

BOOST_AUTO_TEST_CASE(the_queue_goes_on) {
  auto connection = opened_for_one();
  auto first = execute(connection, "first", 1h);
  auto second = execute(connection, "second", 1h);
  first.kill_caller();
  settle();
  BOOST_TEST(given_up() == texts{"first"});
  plugin.last().finish_one();
  settle();
  BOOST_TEST(second.value().output == "second");
}

BOOST_AUTO_TEST_CASE(one_that_is_to_outlive_it_goes_on) {
  auto connection = opened(r1);
  request what;
  what.body = "x";
  what.outlives_caller = true;
  auto work = run(connection, what);
  work.kill_caller();
  settle();
  BOOST_TEST(given_up().empty());
  BOOST_TEST(plugin.last().work() == 1u);
}

BOOST_AUTO_TEST_CASE(one_that_is_to_outlive_it_waits_on) {
  auto connection = opened_for_one();
  auto first = execute(connection, "first", 1h);
  request what;
  what.body = "second";
  what.outlives_caller = true;
  auto second = run(connection, what);
  second.kill_caller();
  settle();
  plugin.last().finish_one();
  settle();
  BOOST_TEST(plugin.last().work() == 1u);
}

BOOST_AUTO_TEST_CASE(what_nobody_asked_for_goes_on) {
  auto connection = opened(r1);
  request what;
  what.body = "x";
  compat::anon_send(connection, execute_atom_v, what);
  settle();
  BOOST_TEST(plugin.last().work() == 1u);
  plugin.last().finish_one();
  settle();
  BOOST_TEST(status(connection).in_flight == 0u);
}

BOOST_AUTO_TEST_CASE(what_the_manager_runs_is_given_up) {
  opened(r1);
  auto work = run_at(r1, tagged("x", ""));
  BOOST_TEST(plugin.last().work() == 1u);
  work.kill_caller();
  settle();
  BOOST_TEST(given_up() == texts{"x"});
}

BOOST_AUTO_TEST_CASE(the_end_of_the_manager_does_not_wait_for_it) {
  auto connection = opened(r1);
  plugin.last().cancels = false;
  auto work = execute(connection, "for ever", 1h);
  auto end = ask_now<caf::unit_t>(manager, shutdown_atom_v);
  BOOST_TEST(!plugin.last().wants_close());
  work.kill_caller();
  settle();
  BOOST_TEST(plugin.last().wants_close());
  plugin.last().close_ok();
  settle();
  BOOST_TEST(end.ok());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(by_a_tag, fixture)

BOOST_AUTO_TEST_CASE(those_that_run_and_wait_are_answered) {
  auto connection = opened_for_one();
  auto runs = run(connection, tagged("a", "backup"));
  auto waits = run(connection, tagged("b", "backup"));
  auto other = run(connection, tagged("c", "audit"));
  BOOST_TEST(cancel(connection, std::string{"backup"}) == 2u);
  for (const auto* x : {&runs, &waits}) {
    BOOST_CHECK_EQUAL(x->code(), errc::canceled);
    BOOST_TEST(by(x->error()) == "cancel");
    BOOST_TEST(x->count() == 1u);
  }
  BOOST_TEST(given_up() == texts{"a"});
  plugin.last().finish_one();
  settle();
  BOOST_TEST(other.value().output == "c");
  BOOST_TEST(cancel(connection, std::string{"backup"}) == 0u);
}

BOOST_AUTO_TEST_CASE(one_that_the_transport_cannot_end_keeps_its_place) {
  auto pending = open(r1, params_for("admin"));
  plugin.last().traits.concurrency = 1;
  plugin.last().cancels = false;
  session_opens();
  auto connection = pending.value().value();
  auto runs = run(connection, tagged("a", "backup"));
  auto waits = run(connection, tagged("b", "audit"));
  BOOST_TEST(cancel(connection, std::string{"backup"}) == 1u);
  BOOST_CHECK_EQUAL(runs.code(), errc::canceled);
  BOOST_TEST(plugin.last().work() == 1u);
  plugin.last().finish_one();
  settle();
  BOOST_TEST(runs.count() == 1u);
  BOOST_TEST(plugin.last().work() == 1u);
  plugin.last().finish_one();
  settle();
  BOOST_TEST(waits.value().output == "b");
}

BOOST_AUTO_TEST_CASE(newer_params_do_not_wait_for_it) {
  auto connection = opened(r1);
  plugin.last().cancels = false;
  auto runs = run(connection, tagged("a", "backup"));
  open(r1, params_for("new"));
  BOOST_TEST(!plugin.last().wants_close());
  BOOST_TEST(cancel(connection, std::string{"backup"}) == 1u);
  BOOST_TEST(plugin.last().wants_close());
}

BOOST_AUTO_TEST_CASE(at_the_manager_of_one_key_or_all) {
  opened(r1);
  auto& one = plugin.last();
  opened(r2);
  auto& two = plugin.last();
  auto first = run_at(r1, tagged("a", "backup"));
  auto second = run_at(r2, tagged("b", "backup"));
  BOOST_TEST(cancel(opener_actor{manager}, r1, std::string{"backup"}) == 1u);
  BOOST_TEST(one.canceled == texts{"a"});
  BOOST_TEST(!second.arrived());
  auto third = run_at(r1, tagged("c", "backup"));
  BOOST_TEST(cancel(manager, std::string{"backup"}) == 2u);
  BOOST_TEST(two.canceled == texts{"b"});
  BOOST_CHECK_EQUAL(second.code(), errc::canceled);
  BOOST_CHECK_EQUAL(third.code(), errc::canceled);
}

BOOST_AUTO_TEST_CASE(one_whose_session_is_still_opened) {
  auto work = run_at(r1, tagged("a", "backup"));
  BOOST_TEST(cancel(manager, r1, std::string{"backup"}) == 1u);
  BOOST_CHECK_EQUAL(work.code(), errc::canceled);
  session_opens();
  BOOST_TEST(plugin.last().work() == 0u);
  BOOST_TEST(work.count() == 1u);
}

BOOST_AUTO_TEST_CASE(an_empty_tag_means_none) {
  auto connection = opened(r1);
  auto work = run(connection, tagged("a", ""));
  BOOST_CHECK_EQUAL(
    ask_now<uint64_t>(connection, cancel_atom_v, std::string{}).code(),
    errc::invalid_request);
  BOOST_CHECK_EQUAL(
    ask_now<uint64_t>(manager, cancel_atom_v, std::string{}).code(),
    errc::invalid_request);
  BOOST_TEST(!work.arrived());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(a_run_leaves_no_command_running, fixture) {
  workflow how;
  how.where.push_back({r1, params_for("admin")});
  how.what.emplace_back().body = "for ever";
  for (auto by_deadline : {true, false}) {
    how.deadline = by_deadline ? 10s : 0s;
    auto run = spawn_run(sys(), manager, how, {});
    settle();
    if (!plugin.last().opened)
      session_opens();
    BOOST_TEST(plugin.last().work() == 1u);
    if (by_deadline)
      advance(10s);
    else
      caf::anon_send_exit(run, caf::exit_reason::user_shutdown);
    settle();
    BOOST_TEST(plugin.last().work() == 0u);
  }
  BOOST_TEST(given_up() == (texts{"for ever", "for ever"}));
}

BOOST_AUTO_TEST_SUITE_END()
