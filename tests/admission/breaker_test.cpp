#include "tieline/actors/admission/breaker.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

ticket to(const std::string& endpoint) {
  ticket result;
  result.key = {endpoint, "fake"};
  result.endpoint = endpoint;
  result.breaker_failures = 3;
  result.breaker_delay = 10s;
  result.breaker_delay_max = 35s;
  return result;
}

enum class act { admit, fail, answer, abandon, reset };

/// One thing that happens at a time, and how the breaker stands after it.
struct row {
  const char* name;
  caf::timespan at;
  act what;
  /// Of an admission: whether it passes. Of a failure: whether it opens.
  bool yes;
  breaker_state state;
  uint64_t failures;
  /// Of a refusal or an opening: how long.
  caf::timespan span = 0s;
};

constexpr auto closed = breaker_state::closed;
constexpr auto open = breaker_state::open;
constexpr auto half_open = breaker_state::half_open;

constexpr row life[] = {
  {"the first passes", 0s, act::admit, true, closed, 0},
  {"one failure does not open", 0s, act::fail, false, closed, 1},
  {"an answer forgets it", 0s, act::answer, false, closed, 0},
  {"failures count in a row", 1s, act::fail, false, closed, 1},
  {"two are not enough", 2s, act::fail, false, closed, 2},
  {"another attempt passes", 2s, act::admit, true, closed, 2},
  {"the third opens", 3s, act::fail, true, open, 3, 10s},
  {"while open all are refused", 4s, act::admit, false, open, 3, 9s},
  {"a failure of before does not prolong", 5s, act::fail, false, open, 4},
  {"refused to the end", 12s, act::admit, false, open, 4, 1s},
  {"then a probe passes", 13s, act::admit, true, half_open, 4},
  {"and only one", 13s, act::admit, false, half_open, 4, 1s},
  {"an abandoned probe says nothing", 14s, act::abandon, false, half_open, 4},
  {"so the next is the probe", 14s, act::admit, true, half_open, 4},
  {"its failure doubles the delay", 15s, act::fail, true, open, 5, 20s},
  {"refused for that long", 34s, act::admit, false, open, 5, 1s},
  {"a second probe passes", 35s, act::admit, true, half_open, 5},
  {"the delay has a limit", 36s, act::fail, true, open, 6, 35s},
  {"a third probe passes", 71s, act::admit, true, half_open, 6},
  {"and stays at the limit", 72s, act::fail, true, open, 7, 35s},
  {"a fourth probe passes", 107s, act::admit, true, half_open, 7},
  {"its answer closes", 108s, act::answer, true, closed, 0},
  {"and all is as at first", 108s, act::fail, false, closed, 1},
  {"two again", 108s, act::fail, false, closed, 2},
  {"three again, with the first delay", 108s, act::fail, true, open, 3, 10s},
  {"a reset forgets", 109s, act::reset, true, closed, 0},
  {"and lets pass", 109s, act::admit, true, closed, 0},
};

} // namespace

BOOST_AUTO_TEST_SUITE(breaker_test)

BOOST_AUTO_TEST_CASE(a_host_that_fails_is_left_alone_as_the_table_says) {
  breaker b;
  breaker::time_point start;
  auto what = to("r1:22");
  uint64_t probe = 0;
  for (auto& r : life) {
    BOOST_TEST_CONTEXT(r.name) {
      auto now = start + r.at;
      switch (r.what) {
        case act::admit: {
          auto got = b.admit(what, now);
          BOOST_CHECK_EQUAL(got.passes, r.yes);
          BOOST_CHECK(got.retry_after == r.span);
          probe = got.passes ? got.probe : probe;
          BOOST_CHECK_EQUAL(got.probe != 0, r.yes && r.state == half_open);
          break;
        }
        case act::fail: {
          auto delay = b.failed(what, probe, now);
          BOOST_CHECK_EQUAL(delay.has_value(), r.yes);
          BOOST_CHECK(delay.value_or(0s) == r.span);
          break;
        }
        case act::answer:
          BOOST_CHECK_EQUAL(b.answered(what.endpoint), r.yes);
          break;
        case act::abandon:
          b.abandoned(what.endpoint, probe);
          break;
        case act::reset:
          BOOST_CHECK(b.reset(what.endpoint) == what.key);
          break;
      }
      auto standing = b.of(what.endpoint, now);
      BOOST_CHECK(standing.state == r.state);
      BOOST_CHECK_EQUAL(standing.failures, r.failures);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_host_does_not_speak_for_another) {
  breaker b;
  breaker::time_point now;
  for (auto i = 0; i < 3; ++i)
    b.failed(to("r1:22"), 0, now);
  BOOST_CHECK(!b.admit(to("r1:22"), now).passes);
  BOOST_CHECK(b.admit(to("r1:830"), now).passes);
  BOOST_CHECK(b.of("r1:22", now + 4s).reopens_in == 6s);
}

BOOST_AUTO_TEST_CASE(who_expects_failures_passes_and_counts_none) {
  breaker b;
  breaker::time_point now;
  auto expecting = to("r1:22");
  expecting.expects_failure = true;
  auto without = to("r1:22");
  without.breaker_failures = 0;
  for (const auto& what : {expecting, without}) {
    for (auto i = 0; i < 9; ++i)
      BOOST_CHECK(!b.failed(what, 0, now));
    BOOST_CHECK_EQUAL(b.size(), 0u);
  }
  for (auto i = 0; i < 3; ++i)
    b.failed(to("r1:22"), 0, now);
  for (const auto& what : {expecting, without}) {
    BOOST_CHECK(b.admit(what, now).passes);
    BOOST_CHECK_EQUAL(b.admit(what, now + 10s).probe, 0u);
  }
  BOOST_CHECK(b.answered("r1:22"));
  BOOST_CHECK(b.admit(to("r1:22"), now).passes);
}

BOOST_AUTO_TEST_CASE(the_probe_of_a_breaker_that_was_reset_is_no_probe) {
  breaker b;
  breaker::time_point now;
  auto what = to("r1:22");
  for (auto i = 0; i < 3; ++i)
    b.failed(what, 0, now);
  auto old = b.admit(what, now + 10s).probe;
  b.reset(what.endpoint);
  for (auto i = 0; i < 3; ++i)
    b.failed(what, 0, now);
  auto fresh = b.admit(what, now + 10s).probe;
  BOOST_CHECK_NE(old, fresh);
  b.abandoned(what.endpoint, old);
  BOOST_CHECK(!b.admit(what, now + 10s).passes);
  BOOST_CHECK(!b.failed(what, old, now + 10s));
  BOOST_CHECK(b.failed(what, fresh, now + 10s));
}

BOOST_AUTO_TEST_CASE(nothing_is_remembered_of_a_host_that_is_well) {
  breaker b;
  breaker::time_point now;
  for (auto i = 0; i < 1000; ++i) {
    auto what = to(std::to_string(i));
    b.admit(what, now);
    b.failed(what, 0, now);
    b.answered(what.endpoint);
    b.reset(what.endpoint);
  }
  BOOST_CHECK_EQUAL(b.size(), 0u);
}

BOOST_AUTO_TEST_CASE(hosts_that_nobody_wants_any_more_are_forgotten) {
  breaker b;
  breaker::time_point now;
  // One new host an hour for a year.
  for (auto i = 0; i < 365 * 24; ++i) {
    now += 1h;
    b.failed(to(std::to_string(i)), 0, now);
  }
  BOOST_CHECK_LT(b.size(), 100u);
  BOOST_CHECK_EQUAL(b.of(std::to_string(365 * 24 - 20), now).failures, 1u);
}

BOOST_AUTO_TEST_SUITE_END()
