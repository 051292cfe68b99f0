#include "admission/admission_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::test;

BOOST_AUTO_TEST_SUITE(refusal_test)

BOOST_AUTO_TEST_CASE(a_host_that_fails_is_left_alone_then_probed) {
  fixture s;
  auto& t = s.tenant();
  s.fail(t, {make_ticket(1), make_ticket(2)}, attempt_outcome::network_failed);
  s.advance(1s);
  auto refused = s.acquire(t, make_ticket(3));
  BOOST_CHECK(refused.code() == errc::circuit_open);
  auto why = failure_of(refused.error());
  BOOST_CHECK(why.key == make_ticket(3).key);
  BOOST_CHECK(why.at == step::open);
  BOOST_CHECK_EQUAL(why.cause, "r1:22: 2 failures in a row");
  BOOST_CHECK(why.retry_after == caf::timespan{9s});
  BOOST_CHECK_EQUAL(s.refused("circuit_open"), 1);
  BOOST_REQUIRE_EQUAL(s.events.told.size(), 1u);
  auto& opened = s.events.told.back();
  BOOST_CHECK(opened.what == event_kind::circuit_opened);
  BOOST_CHECK(opened.key == make_ticket(2).key);
  BOOST_CHECK(code_of(opened.reason) == errc::circuit_open);
  BOOST_CHECK(opened.span == caf::timespan{10s});
  // Another host is not concerned.
  BOOST_CHECK(s.acquire(t, make_ticket(4, "r2")).ok());
  s.advance(9s);
  auto probe = s.acquire(t, make_ticket(5));
  BOOST_CHECK(probe.ok());
  BOOST_CHECK(s.acquire(t, make_ticket(6)).code() == errc::circuit_open);
  s.outcome(t, 5, attempt_outcome::opened);
  BOOST_CHECK(s.events.told.back().what == event_kind::circuit_closed);
  BOOST_CHECK(s.acquire(t, make_ticket(7)).ok());
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_host_is_refused_when_its_breaker_opens) {
  fixture s{with(1)};
  auto& t = s.tenant();
  s.fail(t, {make_ticket(1)}, attempt_outcome::network_failed);
  s.acquire(t, make_ticket(2));
  auto waiting = s.acquire(t, make_ticket(3));
  auto other = s.acquire(t, make_ticket(4, "r2"));
  auto expecting = make_ticket(5);
  expecting.expects_failure = true;
  auto passes = s.acquire(t, expecting);
  s.outcome(t, 2, attempt_outcome::network_failed);
  BOOST_CHECK(waiting.code() == errc::circuit_open);
  BOOST_CHECK_EQUAL(waiting.count(), 1u);
  BOOST_CHECK(other.ok());
  s.outcome(t, 4, attempt_outcome::opened);
  BOOST_CHECK(passes.ok());
}

BOOST_AUTO_TEST_CASE(a_probe_that_comes_to_nothing_leaves_room_for_another) {
  enum class way { abandoned_in_line, abandoned, dead };
  for (auto how : {way::abandoned_in_line, way::abandoned, way::dead}) {
    fixture s{with(1)};
    auto& t = s.tenant();
    auto& u = s.tenant();
    s.fail(t, {make_ticket(1), make_ticket(2)},
           attempt_outcome::network_failed);
    s.advance(10s);
    if (how == way::abandoned_in_line)
      s.acquire(t, make_ticket(3, "r2"));
    s.acquire(u, make_ticket(1));
    BOOST_CHECK(s.acquire(t, make_ticket(4)).code() == errc::circuit_open);
    if (how == way::dead)
      u.end();
    else
      u.outcome(1, attempt_outcome::abandoned);
    s.settle();
    auto next = s.acquire(t, make_ticket(5));
    s.outcome(t, 3, attempt_outcome::failed);
    BOOST_CHECK(next.ok());
  }
}

BOOST_AUTO_TEST_CASE(a_reset_lets_attempts_go_ahead_again) {
  fixture s;
  auto& t = s.tenant();
  s.fail(t, {make_ticket(1), make_ticket(2)}, attempt_outcome::network_failed);
  s.ask_now<caf::unit_t>(s.admission, reset_atom_v, std::string{"r1:22"});
  BOOST_CHECK(s.acquire(t, make_ticket(3)).ok());
  BOOST_CHECK(s.events.told.back().what == event_kind::circuit_closed);
}

BOOST_AUTO_TEST_CASE(a_credential_that_hosts_refuse_is_used_no_more) {
  fixture s{with(1)};
  auto& t = s.tenant();
  s.fail(t, {make_ticket(1, "r1"), make_ticket(2, "r2")},
         attempt_outcome::auth_failed);
  s.acquire(t, make_ticket(3, "r3"));
  auto waiting = s.acquire(t, make_ticket(4, "r4"));
  auto other = make_ticket(5, "r5");
  other.credential = 8;
  auto passes = s.acquire(t, other);
  s.outcome(t, 3, attempt_outcome::auth_failed);
  BOOST_CHECK(passes.ok());
  BOOST_CHECK(waiting.code() == errc::credential_stopped);
  BOOST_CHECK_EQUAL(waiting.count(), 1u);
  auto why = failure_of(waiting.error());
  BOOST_CHECK(why.key == make_ticket(4, "r4").key);
  BOOST_CHECK(why.at == step::auth);
  BOOST_CHECK_EQUAL(why.cause,
                    "3 hosts in a row refused the credential of 'admin'");
  BOOST_CHECK(s.acquire(t, make_ticket(6, "r6")).code()
              == errc::credential_stopped);
  BOOST_CHECK_EQUAL(s.refused("credential_stopped"), 2);
  BOOST_CHECK(s.events.told.back().what == event_kind::credential_stopped);
  BOOST_CHECK(code_of(s.events.told.back().reason) == errc::credential_stopped);
}

BOOST_AUTO_TEST_CASE(a_stopped_credential_goes_ahead_when_it_is_cleared) {
  fixture s;
  auto& t = s.tenant();
  s.fail(t, {make_ticket(1, "r1"), make_ticket(2, "r2"), make_ticket(3, "r3")},
         attempt_outcome::auth_failed);
  auto clear = [&](const std::string& username) {
    return s.ask_now<uint64_t>(s.admission, clear_credential_atom_v, username)
      .value();
  };
  BOOST_CHECK_EQUAL(clear("guest"), 0u);
  BOOST_CHECK_EQUAL(clear("admin"), 1u);
  BOOST_CHECK_EQUAL(clear("admin"), 0u);
  BOOST_CHECK(s.acquire(t, make_ticket(4)).ok());
  BOOST_REQUIRE_EQUAL(s.events.told.size(), 2u);
  BOOST_CHECK(s.events.told.back().what == event_kind::credential_cleared);
  BOOST_CHECK(s.events.told.back().key == make_ticket(3, "r3").key);
}

BOOST_AUTO_TEST_CASE(a_late_success_clears_a_stopped_credential) {
  fixture s;
  auto& t = s.tenant();
  s.acquire(t, make_ticket(9, "r9"));
  s.fail(t, {make_ticket(1, "r1"), make_ticket(2, "r2"), make_ticket(3, "r3")},
         attempt_outcome::auth_failed);
  s.outcome(t, 9, attempt_outcome::opened);
  BOOST_CHECK(s.acquire(t, make_ticket(4)).ok());
  BOOST_CHECK(s.events.told.back().what == event_kind::credential_cleared);
}

BOOST_AUTO_TEST_CASE(a_stopped_credential_does_not_take_the_place_of_a_probe) {
  fixture s;
  auto& t = s.tenant();
  s.fail(t, {make_ticket(1, "r1"), make_ticket(2, "r2"), make_ticket(3, "r3")},
         attempt_outcome::auth_failed);
  auto other = [](uint64_t id) {
    auto result = make_ticket(id);
    result.credential = 8;
    return result;
  };
  s.fail(t, {other(4), other(5)}, attempt_outcome::network_failed);
  s.advance(10s);
  BOOST_CHECK(s.acquire(t, make_ticket(6)).code() == errc::credential_stopped);
  BOOST_CHECK(s.acquire(t, other(7)).ok());
}

BOOST_AUTO_TEST_SUITE_END()
