#include "tieline/actors/admission/credential_guard.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;

namespace {

using time_point = credential_guard::time_point;

constexpr time_point now{};

ticket login(uint64_t credential, const std::string& host,
             const std::string& username = "admin") {
  ticket result;
  result.key = {host, "fake"};
  result.username = username;
  result.credential = credential;
  return result;
}

struct row {
  const char* name;
  /// None: the login was good.
  const char* refused_by;
  /// Whether this stops the credential, or clears its stop.
  bool changes;
  bool stopped;
  uint64_t failures;
};

constexpr row life[] = {
  {"one refusal does not stop", "r1", false, false, 1},
  {"the same host counts once", "r1", false, false, 1},
  {"another host counts", "r2", false, false, 2},
  {"a success forgets them", nullptr, false, false, 0},
  {"one again", "r1", false, false, 1},
  {"two again", "r3", false, false, 2},
  {"the third host stops it", "r2", true, true, 3},
  {"more refusals change nothing", "r4", false, true, 3},
  {"an attempt that was under way clears it", nullptr, true, false, 0},
  {"and the count begins anew", "r5", false, false, 1},
};

} // namespace

BOOST_AUTO_TEST_SUITE(credential_guard_test)

BOOST_AUTO_TEST_CASE(a_credential_is_stopped_as_the_table_says) {
  credential_guard guard{3};
  for (auto& r : life) {
    BOOST_TEST_CONTEXT(r.name) {
      if (r.refused_by != nullptr)
        BOOST_CHECK_EQUAL(guard.refused(login(7, r.refused_by), now),
                          r.changes);
      else
        BOOST_CHECK_EQUAL(guard.accepted(login(7, "r9")).has_value(),
                          r.changes);
      BOOST_CHECK_EQUAL(guard.of(7).stopped, r.stopped);
      BOOST_CHECK_EQUAL(guard.of(7).failures, r.failures);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_credential_does_not_speak_for_another) {
  credential_guard guard{2};
  guard.refused(login(1, "r1"), now);
  guard.refused(login(2, "r2"), now);
  BOOST_CHECK(!guard.of(1).stopped);
  BOOST_CHECK(guard.refused(login(1, "r2"), now));
  BOOST_CHECK(guard.of(1).stopped);
  BOOST_CHECK(!guard.of(2).stopped);
  BOOST_CHECK(!guard.accepted(login(2, "r3")));
  BOOST_CHECK(guard.of(1).stopped);
}

BOOST_AUTO_TEST_CASE(a_clear_goes_by_username_and_tells_which_were_stopped) {
  credential_guard guard{1};
  guard.refused(login(1, "r1"), now);
  guard.refused(login(2, "r2"), now);
  guard.refused(login(3, "r3", "guest"), now);
  BOOST_CHECK_EQUAL(guard.clear("nobody").size(), 0u);
  BOOST_CHECK_EQUAL(guard.clear("admin").size(), 2u);
  BOOST_CHECK(!guard.of(1).stopped);
  BOOST_CHECK(!guard.of(2).stopped);
  BOOST_CHECK(guard.of(3).stopped);
  auto by = guard.clear("guest");
  BOOST_REQUIRE_EQUAL(by.size(), 1u);
  BOOST_CHECK(by.front() == (connection_key{"r3", "fake"}));
}

BOOST_AUTO_TEST_CASE(a_clear_also_forgets_what_is_not_stopped_yet) {
  credential_guard guard{2};
  guard.refused(login(1, "r1"), now);
  BOOST_CHECK_EQUAL(guard.clear("admin").size(), 0u);
  BOOST_CHECK(!guard.refused(login(1, "r2"), now));
}

BOOST_AUTO_TEST_CASE(no_credential_and_no_limit_count_nothing) {
  credential_guard guard{1};
  BOOST_CHECK(!guard.refused(login(0, "r1"), now));
  BOOST_CHECK(!guard.of(0).stopped);
  credential_guard unlimited{0};
  for (auto host : {"r1", "r2", "r3"})
    BOOST_CHECK(!unlimited.refused(login(1, host), now));
  BOOST_CHECK_EQUAL(guard.size() + unlimited.size(), 0u);
}

BOOST_AUTO_TEST_CASE(a_credential_that_nobody_wants_for_a_day_is_forgotten) {
  credential_guard guard{3};
  for (uint64_t i = 1; i <= 10'000; ++i)
    guard.refused(login(i, "r1"), now + std::chrono::hours{i});
  // At most twice those of one day, and never looked for below some.
  BOOST_CHECK_LE(guard.size(), 64u);
  BOOST_CHECK_EQUAL(guard.of(10'000).failures, 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_lasts_as_long_as_somebody_wants_the_credential) {
  credential_guard guard{1};
  guard.refused(login(1, "r1"), now);
  guard.refused(login(2, "r1"), now);
  for (uint64_t i = 1; i <= 1000; ++i) {
    auto later = now + std::chrono::hours{i};
    BOOST_REQUIRE(guard.holds_back(1, later));
    guard.refused(login(2 + i, "r1"), later);
  }
  BOOST_CHECK(guard.of(1).stopped);
  BOOST_CHECK(!guard.of(2).stopped);
}

BOOST_AUTO_TEST_CASE(a_good_credential_is_not_remembered) {
  credential_guard guard{3};
  for (uint64_t i = 1; i <= 1000; ++i) {
    guard.refused(login(i, "r1"), now);
    guard.accepted(login(i, "r1"));
  }
  BOOST_CHECK_EQUAL(guard.size(), 0u);
}

BOOST_AUTO_TEST_SUITE_END()
