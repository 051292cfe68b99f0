#include "support/actors/managed.hpp"

#include "tieline/actors/workflow/run.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

// Workflows: the plan as a table, the actor in virtual time.

using namespace tieline;
using namespace tieline::test;

namespace {

/// Plays a plan: each host that is begun ends as its letter says, `o` well and
/// `x` badly, oldest first. Returns the hosts in flight before each end.
std::string played(size_t hosts, const run_limits& limits,
                   const std::string& ends) {
  run_plan plan{hosts, limits};
  std::string result;
  size_t begun = 0;
  size_t ended = 0;
  while (true) {
    while (plan.next())
      ++begun;
    if (plan.done() || ended == begun)
      break;
    result += std::to_string(begun - ended);
    plan.ended(ends.at(ended++) == 'o');
  }
  BOOST_TEST(plan.done());
  return result + ' ' + std::to_string(plan.succeeded()) + '+'
         + std::to_string(plan.failed()) + '+' + std::to_string(plan.left());
}

struct plan_row {
  std::string name;
  size_t hosts;
  run_limits limits;
  std::string ends;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const plan_row& x) {
  return out << x.name;
}

const plan_row plans[] = {
  {"nothing to do", 0, {}, "", " 0+0+0"},
  {"at once", 3, {2}, "ooo", "221 3+0+0"},
  {"never none at once", 2, {0}, "oo", "11 2+0+0"},
  {"failures without a limit", 3, {1}, "xxx", "111 0+3+0"},
  {"stop after two", 4, {1, 0, 2}, "oxxo", "111 1+2+1"},
  {"what runs goes on", 4, {3, 0, 1}, "xoo", "321 2+1+1"},
  {"stop at half", 4, {1, 0, 0, 50}, "xxoo", "11 0+2+2"},
  {"a canary first", 4, {3, 1}, "oooo", "1321 4+0+0"},
  {"a canary that fails", 4, {3, 2}, "xo", "21 1+1+2"},
  {"canaries only", 2, {3, 5}, "oo", "21 2+0+0"},
};

struct fixture : managed {
  workflow how;
  std::vector<run_result> results;
  std::optional<run_summary> end;
  caf::actor actor;

  fixture() {
    for (auto host : {"r1", "r2", "r3"})
      how.where.push_back({{host, "fake"}, params_for("admin")});
    how.what.emplace_back().body = "one";
    how.what.emplace_back().body = "two";
    how.at_once = 1;
    how.backoff = 1s;
  }

  void start() {
    run_observer observer;
    observer.on_result = [this](const run_result& x, const run_summary&) {
      results.push_back(x);
    };
    observer.on_end = [this](const run_summary& x) { end = x; };
    actor = spawn_run(sys(), manager, how, observer);
    settle();
  }

  /// Has the current host do its two requests.
  void do_host() {
    session_opens();
    plugin.last().finish_one();
    settle();
    plugin.last().finish_one();
    settle();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(run_test)

BOOST_DATA_TEST_CASE(the_plan, boost::unit_test::data::make(plans), row) {
  BOOST_TEST(played(row.hosts, row.limits, row.ends) == row.expected);
}

BOOST_FIXTURE_TEST_SUITE(runs, fixture)

BOOST_AUTO_TEST_CASE(each_host_does_its_requests_in_order) {
  start();
  do_host();
  BOOST_REQUIRE_EQUAL(results.size(), 1u);
  BOOST_CHECK_EQUAL(results[0].key.hostname, "r1");
  BOOST_REQUIRE_EQUAL(results[0].replies.size(), 2u);
  BOOST_CHECK_EQUAL(results[0].replies[0].output, "one");
  BOOST_CHECK_EQUAL(results[0].replies[1].output, "two");
  BOOST_CHECK(!end);
  do_host();
  do_host();
  BOOST_REQUIRE(end);
  BOOST_CHECK_EQUAL(end->succeeded, 3u);
  BOOST_CHECK_EQUAL(end->skipped, 0u);
}

BOOST_AUTO_TEST_CASE(the_next_request_may_depend_on_the_last_reply) {
  how.where.resize(1);
  how.next = [](const connection_key&, const std::vector<reply>& so_far) {
    std::optional<request> result;
    if (so_far.size() < 2)
      result.emplace().body = so_far.empty() ? "a" : so_far.back().output + "b";
    return result;
  };
  start();
  do_host();
  BOOST_REQUIRE(end);
  BOOST_CHECK_EQUAL(results.at(0).replies.at(1).output, "ab");
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_tried_again_after_a_while) {
  how.where.resize(1);
  how.retries = 1;
  start();
  session_fails(errc::refused);
  BOOST_CHECK(results.empty());
  advance(2s);
  do_host();
  BOOST_REQUIRE(end);
  BOOST_CHECK_EQUAL(end->succeeded, 1u);
  BOOST_CHECK_EQUAL(results.at(0).retries, 1u);
}

BOOST_AUTO_TEST_CASE(what_cannot_pass_is_not_tried_again) {
  how.where.resize(1);
  how.retries = 5;
  start();
  session_fails(errc::auth_failed, step::auth);
  BOOST_REQUIRE(end);
  BOOST_CHECK_EQUAL(end->failed, 1u);
  BOOST_CHECK_EQUAL(results.at(0).retries, 0u);
  BOOST_CHECK(code_of(results.at(0).error) == errc::auth_failed);
}

BOOST_AUTO_TEST_CASE(what_may_have_run_is_tried_again_only_if_that_is_wanted) {
  how.where.resize(2);
  how.retries = 1;
  start();
  session_opens();
  lose_session();
  BOOST_REQUIRE_EQUAL(results.size(), 1u);
  BOOST_CHECK(class_of(results[0].error) == failure_class::lost);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  settle();
  how.where.resize(1);
  how.where[0].key = r2;
  how.retry_lost = true;
  results.clear();
  start();
  session_opens();
  lose_session();
  BOOST_CHECK(results.empty());
  advance(2s);
  do_host();
  BOOST_REQUIRE_EQUAL(results.size(), 1u);
  BOOST_CHECK(results[0].error.empty());
}

BOOST_AUTO_TEST_CASE(a_kill_by_an_operator_is_not_tried_again) {
  how.where.resize(1);
  how.retries = 5;
  how.retry_lost = true;
  start();
  session_opens();
  operate(operation::kill);
  BOOST_REQUIRE(end);
  BOOST_CHECK(class_of(results.at(0).error) == failure_class::canceled);
}

BOOST_AUTO_TEST_CASE(too_many_failures_leave_the_rest_out) {
  how.stop_after = 2;
  start();
  session_fails(errc::auth_failed, step::auth);
  session_fails(errc::auth_failed, step::auth);
  BOOST_REQUIRE(end);
  BOOST_CHECK_EQUAL(end->failed, 2u);
  BOOST_CHECK_EQUAL(end->skipped, 1u);
  BOOST_CHECK(!get({"r3", "fake"}));
}

BOOST_AUTO_TEST_CASE(its_deadline_ends_it) {
  how.deadline = 10s;
  start();
  advance(10s);
  BOOST_REQUIRE(end);
  BOOST_CHECK_EQUAL(end->failed, 1u);
  BOOST_CHECK_EQUAL(end->skipped, 2u);
  BOOST_CHECK(code_of(results.at(0).error) == errc::timeout);
}

BOOST_AUTO_TEST_CASE(its_end_is_the_cancel) {
  start();
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  settle();
  BOOST_CHECK(!end);
  BOOST_CHECK(results.empty());
  // The open had no other caller.
  BOOST_CHECK(!plugin.last().alive);
  advance(1min);
  BOOST_CHECK_EQUAL(plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(it_ends_when_it_is_over_though_nobody_holds_it) {
  how.where.clear();
  auto before = running();
  start();
  BOOST_REQUIRE(end);
  actor = nullptr;
  settle();
  BOOST_CHECK_EQUAL(running(), before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
