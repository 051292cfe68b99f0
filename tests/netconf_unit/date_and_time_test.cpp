#define BOOST_TEST_MODULE dates and times of YANG
#include "tieline/transports/netconf/date_and_time.hpp"

#include <boost/test/included/unit_test.hpp>

#include <chrono>
#include <cstdint>

using tieline::netconf::parse_date_and_time;

BOOST_AUTO_TEST_CASE(what_is_one_is_read) {
  struct row {
    const char* text;
    int64_t nanoseconds;
  };
  constexpr int64_t second = 1'000'000'000;
  const row rows[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.5Z", second / 2},
    {"1970-01-01T00:00:00.123456789Z", 123'456'789},
    {"1970-01-01T00:00:00.1234567899Z", 123'456'789},
    {"1970-01-01T01:30:00+01:30", 0},
    {"1969-12-31T23:00:00-01:00", 0},
    {"1969-12-31T23:59:59Z", -second},
    {"2026-01-31T03:00:00Z", 1'769'828'400 * second},
    {"2024-02-29T12:00:00-00:00", 1'709'208'000 * second},
    {"2016-12-31T23:59:60Z", 1'483'228'800 * second},
  };
  for (const auto& x : rows) {
    BOOST_TEST_CONTEXT(x.text) {
      auto got = parse_date_and_time(x.text);
      BOOST_TEST_REQUIRE(got.has_value());
      BOOST_TEST(got->time_since_epoch().count() == x.nanoseconds);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_none_is_told) {
  for (const auto* text : {"",
                           "2026",
                           "2026-01-31",
                           "2026-01-31 03:00:00Z",
                           "2026-01-31T03:00:00",
                           "2026-01-31T03:00:00z",
                           "2026-1-31T03:00:00Z",
                           "2026-13-01T03:00:00Z",
                           "2026-01-32T03:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T03:60:00Z",
                           "2026-01-31T03:00:61Z",
                           "2026-01-31T03:00:00.Z",
                           "2026-01-31T03:00:00+1:00",
                           "2026-01-31T03:00:00+24:00",
                           "2026-01-31T03:00:00Zx",
                           "0000-01-31T03:00:00Z",
                           "9999-01-31T03:00:00Z",
                           "now",
                           "2026-01-31T03:00:0aZ"})
    BOOST_TEST(!parse_date_and_time(text).has_value(), text);
}
