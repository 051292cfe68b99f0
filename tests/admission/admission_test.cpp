#include "admission/admission_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::test;

BOOST_AUTO_TEST_SUITE(admission_test)

BOOST_AUTO_TEST_CASE(an_attempt_begins_at_once_where_there_is_room) {
  fixture s;
  auto& t = s.tenant();
  BOOST_CHECK(s.acquire(t, make_ticket(1)).ok());
  BOOST_CHECK_EQUAL(s.gauge("opening"), 1);
  s.outcome(t, 1, attempt_outcome::opened);
  BOOST_CHECK_EQUAL(s.gauge("opening"), 0);
  BOOST_CHECK_EQUAL(s.gauge("sessions"), 1);
  t.release(1);
  s.settle();
  BOOST_CHECK_EQUAL(s.gauge("sessions"), 0);
}

BOOST_AUTO_TEST_CASE(the_next_begins_when_an_attempt_is_over) {
  for (auto what : {attempt_outcome::opened, attempt_outcome::abandoned,
                    attempt_outcome::failed, attempt_outcome::auth_failed,
                    attempt_outcome::network_failed}) {
    BOOST_TEST_CONTEXT(to_string(what)) {
      fixture s{with(1)};
      auto& t = s.tenant();
      auto& u = s.tenant();
      s.acquire(t, make_ticket(1));
      auto second = s.acquire(u, make_ticket(1));
      BOOST_CHECK(!second.arrived());
      BOOST_CHECK_EQUAL(s.gauge("open-waiting"), 1);
      s.outcome(t, 1, what);
      BOOST_CHECK(second.ok());
      BOOST_CHECK_EQUAL(s.gauge("open-waiting"), 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(who_waits_no_more_is_answered_once_and_takes_no_place) {
  fixture s{with(1)};
  auto& t = s.tenant();
  s.acquire(t, make_ticket(1));
  auto second = s.acquire(t, make_ticket(2));
  auto third = s.acquire(t, make_ticket(3));
  s.outcome(t, 2, attempt_outcome::abandoned);
  BOOST_CHECK(second.code() == errc::canceled);
  s.outcome(t, 1, attempt_outcome::failed);
  BOOST_CHECK(third.ok());
  BOOST_CHECK_EQUAL(second.count(), 1u);
}

BOOST_AUTO_TEST_CASE(an_abandoned_attempt_that_has_just_begun_gives_its_place) {
  fixture s{with(1)};
  auto& t = s.tenant();
  auto& u = s.tenant();
  s.acquire(t, make_ticket(1));
  auto second = s.acquire(t, make_ticket(2));
  auto third = s.acquire(u, make_ticket(1));
  // Both on their way before the admission hears of either.
  t.outcome(1, attempt_outcome::failed);
  t.outcome(2, attempt_outcome::abandoned);
  s.settle();
  BOOST_CHECK(second.ok());
  BOOST_CHECK_EQUAL(second.count(), 1u);
  BOOST_CHECK(third.ok());
}

BOOST_AUTO_TEST_CASE(a_sender_that_ends_leaves_nothing_behind) {
  fixture s{with(2, 2)};
  auto& t = s.tenant();
  auto& u = s.tenant();
  s.acquire(t, make_ticket(1));
  s.outcome(t, 1, attempt_outcome::opened);
  s.acquire(t, make_ticket(2));
  auto lost = s.acquire(t, make_ticket(3));
  t.end();
  s.settle();
  BOOST_CHECK(!lost.ok());
  BOOST_CHECK(s.acquire(u, make_ticket(1)).ok());
  BOOST_CHECK(s.acquire(u, make_ticket(2)).ok());
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_ignored) {
  fixture s{with(1)};
  auto& t = s.tenant();
  auto& u = s.tenant();
  s.acquire(t, make_ticket(1));
  s.outcome(t, 9, attempt_outcome::opened);
  s.outcome(u, 1, attempt_outcome::opened);
  t.release(1);
  u.release(1);
  s.settle();
  BOOST_CHECK_EQUAL(s.gauge("opening"), 1);
  BOOST_CHECK_EQUAL(s.gauge("sessions"), 0);
  s.outcome(t, 1, attempt_outcome::opened);
  s.outcome(t, 1, attempt_outcome::failed);
  BOOST_CHECK_EQUAL(s.gauge("sessions"), 1);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_in_use_is_refused) {
  fixture s{with(1)};
  auto& t = s.tenant();
  auto first = s.acquire(t, make_ticket(1));
  BOOST_CHECK(s.acquire(t, make_ticket(1)).code() == errc::invalid_request);
  BOOST_CHECK_EQUAL(first.count(), 1u);
}

BOOST_AUTO_TEST_CASE(an_alarm_lets_attempts_go_on_at_their_rate) {
  fixture s;
  auto& t = s.tenant();
  std::vector<granted> all;
  for (uint64_t i = 1; i <= 5; ++i) {
    auto what = make_ticket(i);
    what.opens_per_minute = 2;
    all.push_back(s.acquire(t, what));
  }
  auto begun = [&] {
    return std::count_if(all.begin(), all.end(),
                         [](auto& x) { return x.ok(); });
  };
  BOOST_CHECK_EQUAL(begun(), 2);
  s.advance(59s);
  BOOST_CHECK_EQUAL(begun(), 2);
  s.advance(1s);
  BOOST_CHECK_EQUAL(begun(), 4);
  s.advance(60s);
  BOOST_CHECK_EQUAL(begun(), 5);
}

BOOST_AUTO_TEST_CASE(an_end_answers_all_who_wait) {
  fixture s{with(1)};
  auto& t = s.tenant();
  auto first = s.acquire(t, make_ticket(1));
  auto second = s.acquire(t, make_ticket(2));
  s.stop();
  BOOST_CHECK(first.ok());
  BOOST_CHECK(second.code() == errc::closed);
  BOOST_CHECK_EQUAL(second.count(), 1u);
}

BOOST_AUTO_TEST_CASE(a_ticket_is_told_what_it_waits_for_or_would) {
  auto config = with(32);
  config.max_opening_per_credential = 1;
  fixture s{config};
  auto& t = s.tenant();
  s.acquire(t, make_ticket(1));
  s.acquire(t, make_ticket(2));
  s.acquire(t, make_ticket(3));
  auto waits = s.explain(t, make_ticket(3));
  BOOST_CHECK(waits.what == waits_for::max_opening_per_credential);
  BOOST_CHECK_EQUAL(waits.position, 2u);
  BOOST_CHECK_EQUAL(waits.used, 1u);
  BOOST_CHECK_EQUAL(waits.limit, 1u);
  auto would = s.explain(t, make_ticket(4));
  BOOST_CHECK(would.what == waits_for::max_opening_per_credential);
  BOOST_CHECK_EQUAL(would.position, 0u);
  BOOST_CHECK(s.explain(t, make_ticket(1)).what == waits_for::nothing);
}

BOOST_AUTO_TEST_CASE(a_ticket_is_told_how_it_is_with_host_and_credential) {
  fixture s;
  auto& t = s.tenant();
  s.fail(t, {make_ticket(1), make_ticket(2)}, attempt_outcome::network_failed);
  s.fail(t, {make_ticket(3, "r2"), make_ticket(4, "r3")},
         attempt_outcome::auth_failed);
  s.advance(4s);
  auto status = s.explain(t, make_ticket(5));
  BOOST_CHECK(status.breaker == breaker_state::open);
  BOOST_CHECK_EQUAL(status.breaker_failures, 2u);
  BOOST_CHECK(status.breaker_reopens_in == caf::timespan{6s});
  BOOST_CHECK(!status.credential_stopped);
  BOOST_CHECK_EQUAL(status.credential_failures, 2u);
  s.fail(t, {make_ticket(6, "r4")}, attempt_outcome::auth_failed);
  s.advance(6s);
  status = s.explain(t, make_ticket(7));
  BOOST_CHECK(status.breaker == breaker_state::half_open);
  BOOST_CHECK(status.credential_stopped);
}

/// A ticket of an attempt that says when it is connected.
ticket dialing_ticket(uint64_t id, const std::string& host) {
  auto result = make_ticket(id, host);
  result.tells_dialed = true;
  return result;
}

BOOST_AUTO_TEST_CASE(hosts_that_do_not_answer_do_not_keep_others_waiting) {
  auto config = with(32);
  config.max_opening_per_credential = 2;
  fixture s{config};
  auto& silent = s.tenant();
  for (uint64_t i = 1; i <= 2; ++i)
    BOOST_CHECK(s.acquire(silent, dialing_ticket(i, std::to_string(i))).ok());
  auto& healthy = s.tenant();
  auto begun = s.acquire(healthy, dialing_ticket(1, "r1"));
  BOOST_CHECK(!begun.arrived());
  s.advance(100ms);
  BOOST_CHECK(begun.ok());
  BOOST_CHECK_EQUAL(s.gauge("dialing"), 1);
  auto may_log_in = healthy.dialed(1);
  s.settle();
  BOOST_CHECK(may_log_in.ok());
}

BOOST_AUTO_TEST_CASE(a_late_connection_waits_for_its_login) {
  auto config = with(1);
  fixture s{config};
  auto& late = s.tenant();
  auto& prompt = s.tenant();
  s.acquire(late, dialing_ticket(1, "late"));
  auto begun = s.acquire(prompt, dialing_ticket(1, "prompt"));
  s.advance(100ms);
  BOOST_CHECK(begun.ok());
  auto may_log_in = late.dialed(1);
  s.settle();
  BOOST_CHECK(!may_log_in.arrived());
  BOOST_CHECK(to_string(s.explain(late, dialing_ticket(1, "late")).what)
              == "max-opening");
  s.outcome(prompt, 1, attempt_outcome::opened);
  BOOST_CHECK(may_log_in.ok());
  // What is over may not log in.
  s.outcome(late, 1, attempt_outcome::abandoned);
  auto too_late = late.dialed(1);
  s.settle();
  BOOST_CHECK(too_late.code() == errc::canceled);
}

BOOST_AUTO_TEST_CASE(an_attempt_that_is_given_up_while_it_waits_to_log_in) {
  fixture s{with(1)};
  auto& late = s.tenant();
  auto& prompt = s.tenant();
  s.acquire(late, dialing_ticket(1, "late"));
  s.acquire(prompt, dialing_ticket(1, "prompt"));
  s.advance(100ms);
  auto may_log_in = late.dialed(1);
  s.settle();
  s.outcome(late, 1, attempt_outcome::abandoned);
  BOOST_CHECK(may_log_in.code() == errc::canceled);
  s.outcome(prompt, 1, attempt_outcome::failed);
}

BOOST_AUTO_TEST_SUITE_END()
