#include "admission/admission_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::test;

BOOST_AUTO_TEST_SUITE(session_cap_test)

BOOST_AUTO_TEST_CASE(the_idlest_session_ends_for_one_that_waits) {
  fixture s{with(32, 3)};
  auto& young = s.holder(5s);
  auto& old = s.holder(50s);
  auto& busy = s.holder(0s);
  for (auto* x : {&young, &old, &busy})
    s.agrees(*x);
  auto& t = s.tenant();
  BOOST_CHECK(s.acquire(t, make_ticket(1)).ok());
  BOOST_CHECK_EQUAL(old.asked_to_evict, 1u);
  BOOST_CHECK_EQUAL(young.asked_to_evict + busy.asked_to_evict, 0u);
}

BOOST_AUTO_TEST_CASE(as_many_sessions_end_as_opens_wait_and_no_more) {
  fixture s{with(32, 5)};
  std::vector<fake_tenant*> holders;
  for (auto i = 1; i <= 5; ++i) {
    holders.push_back(&s.holder(std::chrono::seconds{i}));
    s.agrees(*holders.back());
  }
  auto& t = s.tenant();
  std::vector<granted> all;
  for (uint64_t i = 1; i <= 3; ++i)
    all.push_back(t.acquire(make_ticket(i)));
  s.settle();
  for (auto& x : all)
    BOOST_CHECK(x.ok());
  BOOST_CHECK_EQUAL(holders[0]->asked_to_evict + holders[1]->asked_to_evict,
                    0u);
}

BOOST_AUTO_TEST_CASE(opens_wait_while_no_session_is_idle) {
  fixture s{with(32, 2)};
  auto& first = s.holder(0s);
  auto& second = s.holder(0s);
  auto& t = s.tenant();
  auto one = s.acquire(t, make_ticket(1));
  auto another = s.acquire(t, make_ticket(2));
  BOOST_CHECK(to_string(s.explain(t, make_ticket(1)).what) == "max-sessions");
  first.release(1);
  s.settle();
  BOOST_CHECK(one.ok());
  BOOST_CHECK(!another.arrived());
  // In use no more.
  s.agrees(second);
  second.be_idle(5s);
  s.advance(1s);
  BOOST_CHECK(another.ok());
  BOOST_CHECK_EQUAL(second.asked_to_evict, 1u);
}

BOOST_AUTO_TEST_CASE(sessions_in_use_are_not_asked_with_every_open) {
  fixture s{with(32, 1)};
  auto& busy = s.holder(0s);
  auto& t = s.tenant();
  for (uint64_t i = 1; i <= 20; ++i)
    s.acquire(t, make_ticket(i));
  BOOST_CHECK_EQUAL(busy.asked_for_idle, 1u);
}

BOOST_AUTO_TEST_CASE(sessions_in_use_are_asked_again_when_they_say_so) {
  constexpr size_t many = 1000;
  fixture s{with(32, many)};
  for (size_t i = 0; i < many; ++i)
    s.holder(0s);
  auto asked = [&s] {
    size_t result = 0;
    for (const auto& x : s.tenants)
      result += x.asked_for_idle;
    return result;
  };
  auto& t = s.tenant();
  auto waits = s.acquire(t, make_ticket(1));
  // However long somebody waits.
  s.advance(10min);
  BOOST_CHECK_EQUAL(asked(), many);
  BOOST_CHECK(!waits.arrived());
  s.agrees(s.tenants[500]);
  s.tenants[500].be_idle(1s);
  s.advance(1s);
  BOOST_CHECK(waits.ok());
  BOOST_CHECK_EQUAL(asked(), many + 1);
}

BOOST_AUTO_TEST_CASE(who_waits_for_something_else_does_not_wait_for_the_cap) {
  auto config = with(32, 2);
  config.max_opening_per_credential = 1;
  fixture s{config};
  s.holder(0s);
  auto& t = s.tenant();
  s.acquire(t, make_ticket(1));
  auto same_domain = s.acquire(t, make_ticket(2));
  auto other = make_ticket(3);
  other.credential_domain = "guest";
  auto of_other = s.acquire(t, other);
  BOOST_CHECK(to_string(s.explain(t, other).what) == "max-sessions");
  BOOST_CHECK(!same_domain.arrived());
  s.outcome(t, 1, attempt_outcome::failed);
  BOOST_CHECK(of_other.ok());
  BOOST_CHECK(!same_domain.arrived());
}

BOOST_AUTO_TEST_CASE(another_session_is_asked_when_the_idlest_is_in_use_again) {
  fixture s{with(32, 2)};
  auto& first = s.holder(50s);
  auto& second = s.holder(5s);
  s.agrees(second);
  auto& t = s.tenant();
  BOOST_CHECK(s.acquire(t, make_ticket(1)).ok());
  BOOST_CHECK_EQUAL(first.asked_to_evict, 1u);
  BOOST_CHECK_EQUAL(second.asked_to_evict, 1u);
}

BOOST_AUTO_TEST_CASE(opens_wait_for_a_session_that_has_agreed_to_end) {
  fixture s{with(32, 2)};
  auto& slow = s.holder(5s);
  auto& busy = s.holder(0s);
  slow.on_evict = [] { return true; };
  auto& t = s.tenant();
  auto first = s.acquire(t, make_ticket(1));
  BOOST_CHECK(!first.arrived());
  BOOST_CHECK(to_string(s.explain(t, make_ticket(1)).what) == "max-sessions");
  // It serves one; for another there is none.
  auto second = s.acquire(t, make_ticket(2));
  BOOST_CHECK(!first.arrived());
  BOOST_CHECK_EQUAL(slow.asked_to_evict, 1u);
  slow.release(1);
  s.settle();
  BOOST_CHECK(first.ok());
  BOOST_CHECK(!second.arrived());
  BOOST_CHECK_EQUAL(busy.asked_to_evict, 0u);
}

BOOST_AUTO_TEST_CASE(a_holder_that_dies_when_asked_makes_room) {
  fixture s{with(32, 2)};
  auto& mortal = s.holder(5s);
  s.holder(0s);
  auto& t = s.tenant();
  auto first = t.acquire(make_ticket(1));
  while (mortal.asked_for_idle == 0 && !s.driver().jobs().empty())
    s.driver().run_once();
  mortal.end();
  s.settle();
  BOOST_CHECK_EQUAL(mortal.asked_to_evict, 0u);
  BOOST_CHECK(first.ok());
}

BOOST_AUTO_TEST_CASE(a_holder_that_is_dead_when_asked_makes_room) {
  fixture s{with(32, 1)};
  auto& mortal = s.holder(5s);
  auto& t = s.tenant();
  auto first = t.acquire(make_ticket(1));
  // Its end is the first in its mailbox, the question comes then, and bounces
  // before its end is known.
  s.driver().run_once();
  mortal.end();
  s.settle();
  BOOST_CHECK_EQUAL(mortal.asked_for_idle, 0u);
  BOOST_CHECK(first.ok());
}

BOOST_AUTO_TEST_CASE(a_session_that_ends_meanwhile_spares_the_others) {
  fixture s{with(32, 2)};
  auto& idle = s.holder(5s);
  s.agrees(idle);
  auto& busy = s.holder(0s);
  auto& t = s.tenant();
  auto first = t.acquire(make_ticket(1));
  busy.release(1);
  s.settle();
  BOOST_CHECK(first.ok());
  BOOST_CHECK_EQUAL(idle.asked_to_evict, 0u);
}

BOOST_AUTO_TEST_CASE(a_cap_full_of_attempts_lets_the_rest_wait) {
  fixture s{with(32, 2)};
  auto& t = s.tenant();
  s.acquire(t, make_ticket(1));
  s.acquire(t, make_ticket(2));
  auto third = s.acquire(t, make_ticket(3));
  BOOST_CHECK(!third.arrived());
  s.outcome(t, 1, attempt_outcome::failed);
  BOOST_CHECK(third.ok());
}

BOOST_AUTO_TEST_CASE(without_a_setting_the_files_of_the_process_are_the_cap) {
  fixture s{with(1, 0)};
  auto& t = s.tenant();
  BOOST_CHECK(s.acquire(t, make_ticket(1)).ok());
  s.outcome(t, 1, attempt_outcome::opened);
  BOOST_CHECK(s.acquire(t, make_ticket(2)).ok());
}

BOOST_AUTO_TEST_SUITE_END()
