#include <tieline/transports/ssh/flood_guard.hpp>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using tieline::ssh::flood_guard;

namespace {

const flood_guard::time_point start{1000h};

constexpr uint64_t kib = 1024;
constexpr uint64_t mib = 1024 * kib;

} // namespace

BOOST_AUTO_TEST_SUITE(flood_guard_test)

BOOST_AUTO_TEST_CASE(what_is_of_use_may_be_any_amount) {
  flood_guard guard{start};
  BOOST_TEST(!guard.judge(start, 100'000 * mib, 100'000 * mib));
  // The estimate of what is of use is a high one.
  BOOST_TEST(!guard.judge(start, 100'001 * mib, 200'000 * mib));
}

BOOST_AUTO_TEST_CASE(four_megabytes_of_no_use_are_too_much_at_once) {
  flood_guard guard{start};
  BOOST_TEST(!guard.judge(start, 4 * mib, 0));
  BOOST_TEST(guard.judge(start, 4 * mib + 1, 0));
}

BOOST_AUTO_TEST_CASE(a_trickle_of_no_use_is_suffered_for_ever) {
  flood_guard guard{start};
  for (uint64_t second = 1; second < 100'000; ++second)
    BOOST_REQUIRE(
      !guard.judge(start + std::chrono::seconds{second}, second * 60 * kib, 0));
}

BOOST_AUTO_TEST_CASE(more_than_a_trickle_adds_up) {
  flood_guard guard{start};
  auto seconds = 1;
  while (!guard.judge(start + std::chrono::seconds{seconds},
                      static_cast<uint64_t>(seconds) * 128 * kib, 0))
    ++seconds;
  BOOST_TEST(seconds > 60);
  BOOST_TEST(seconds < 70);
}

BOOST_AUTO_TEST_SUITE_END()
