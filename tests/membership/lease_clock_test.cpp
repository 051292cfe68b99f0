#include <tieline/actors/cluster/membership/lease_clock.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

/// A lease of 30 s, renewed every 10, closed 10 before its end.
struct fixture {
  boot_clock::time_point t0 = boot_clock::now();
  lease_clock clock{30s, 10s, 10s};
};

} // namespace

BOOST_AUTO_TEST_SUITE(lease_clock_test)

BOOST_FIXTURE_TEST_SUITE(suite, fixture)

BOOST_AUTO_TEST_CASE(no_lease_is_no_good) {
  BOOST_CHECK(!clock.good(t0));
  BOOST_CHECK(clock.over(t0));
  clock.renewed(t0, 30s);
  BOOST_CHECK(!clock.good(t0));
}

BOOST_AUTO_TEST_CASE(it_counts_from_the_sending) {
  clock.begin(t0, 30s);
  BOOST_CHECK(clock.renew_at() == t0 + 10s);
  BOOST_CHECK(clock.close_at() == t0 + 20s);
  BOOST_CHECK(clock.good(t0 + 19999ms));
  BOOST_CHECK(!clock.good(t0 + 20s));
  BOOST_CHECK(!clock.over(t0 + 29999ms));
  BOOST_CHECK(clock.over(t0 + 30s));
  clock.renewed(t0 + 10s, 30s);
  BOOST_CHECK(clock.renew_at() == t0 + 20s);
  BOOST_CHECK(clock.good(t0 + 29999ms));
  BOOST_CHECK(clock.end() == t0 + 40s);
}

BOOST_AUTO_TEST_CASE(answers_in_another_order_take_nothing_back) {
  clock.begin(t0, 30s);
  clock.renewed(t0 + 12s, 30s);
  clock.renewed(t0 + 10s, 30s);
  BOOST_CHECK(clock.end() == t0 + 42s);
  BOOST_CHECK(clock.renew_at() == t0 + 22s);
}

BOOST_AUTO_TEST_CASE(a_longer_one_than_asked_for_is_not_used_up) {
  clock.begin(t0, 3600s);
  BOOST_CHECK(clock.end() == t0 + 30s);
  clock.renewed(t0 + 1s, 3600s);
  BOOST_CHECK(clock.end() == t0 + 31s);
}

BOOST_AUTO_TEST_CASE(a_shorter_one_counts) {
  clock.begin(t0, 15s);
  BOOST_CHECK(clock.good(t0 + 4s));
  BOOST_CHECK(!clock.good(t0 + 5s));
}

BOOST_AUTO_TEST_CASE(one_that_is_gone_is_no_good) {
  clock.begin(t0, 30s);
  clock.stop();
  BOOST_CHECK(!clock.good(t0));
  BOOST_CHECK(clock.over(t0));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
