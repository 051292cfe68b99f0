#include <tieline/actors/cluster/shard_claims.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace tieline;

namespace {

using phase = shard_claims::phase;
using answer = shard_claims::answer;

constexpr uint32_t n = 5;

/// Has node a own the shard.
void own(shard_claims& x) {
  x.answered(n, x.ask(n), "a", "a", true);
}

} // namespace

BOOST_AUTO_TEST_SUITE(shard_claims_test)

BOOST_AUTO_TEST_CASE(what_an_answer_means) {
  struct row {
    const char* what;
    std::string owner;
    bool wanted;
    /// Happens between the question and the answer.
    std::function<void(shard_claims&)> meanwhile;
    answer means;
    phase now;
  };
  auto nothing = [](shard_claims&) {};
  auto evacuated = [](shard_claims& x) { x.closed(x.evacuate(), true); };
  auto failed = [](shard_claims& x) {
    x.failed(n, 1);
    x.ask(n);
  };
  const row rows[] = {
    {"it is ours", "a", true, nothing, answer::ours, phase::ours},
    {"ours, too late", "a", false, nothing, answer::unwanted, phase::ours},
    {"another has it", "b", true, nothing, answer::anothers, phase::free},
    {"another, too late", "b", false, nothing, answer::anothers, phase::free},
    {"the lease has ended", "a", true, evacuated, answer::stale, phase::free},
    {"asked again", "a", true, failed, answer::stale, phase::asking},
  };
  for (const auto& x : rows) {
    BOOST_TEST_CONTEXT(x.what) {
      shard_claims claims;
      auto claim = claims.ask(n);
      BOOST_CHECK(claims.at(n) == phase::asking);
      x.meanwhile(claims);
      BOOST_CHECK(claims.answered(n, claim, x.owner, "a", x.wanted) == x.means);
      BOOST_CHECK(claims.at(n) == x.now);
    }
  }
}

BOOST_AUTO_TEST_CASE(when_the_coordinator_is_told_that_a_shard_is_not_ours) {
  struct row {
    const char* what;
    std::function<void(shard_claims&)> before;
    bool wanted;
    bool told;
  };
  const row rows[] = {
    {"never asked for", [](shard_claims&) {}, false, false},
    {"ours", own, false, false},
    {"another's",
     [](shard_claims& x) { x.answered(n, x.ask(n), "b", "a", true); }, false,
     false},
    {"a claim has failed", [](shard_claims& x) { x.failed(n, x.ask(n)); },
     false, true},
    {"failed, but wanted", [](shard_claims& x) { x.failed(n, x.ask(n)); }, true,
     false},
    {"being handed over",
     [](shard_claims& x) {
       own(x);
       x.hand_over({n});
     },
     false, false},
    {"handed over",
     [](shard_claims& x) {
       own(x);
       x.closed(x.hand_over({n}), false);
     },
     false, true},
    {"closed for the end of the lease",
     [](shard_claims& x) {
       own(x);
       x.closed(x.evacuate(), true);
     },
     false, false},
    {"told already",
     [](shard_claims& x) {
       x.failed(n, x.ask(n));
       x.release(n, false);
     },
     false, false},
    {"in vain",
     [](shard_claims& x) {
       x.failed(n, x.ask(n));
       x.release(n, false);
       x.not_released(n);
     },
     false, true},
  };
  for (const auto& x : rows) {
    BOOST_TEST_CONTEXT(x.what) {
      shard_claims claims;
      x.before(claims);
      BOOST_CHECK_EQUAL(claims.release(n, x.wanted), x.told);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_earlier_hand_over_does_not_free_what_a_later_one_has) {
  shard_claims claims;
  own(claims);
  auto first = claims.hand_over({n});
  auto second = claims.evacuate();
  BOOST_TEST(claims.closed(first, false) == std::vector<uint32_t>{},
             boost::test_tools::per_element());
  BOOST_CHECK(claims.at(n) == phase::handing_over);
  BOOST_TEST(claims.closed(second, true) == std::vector<uint32_t>{n},
             boost::test_tools::per_element());
  BOOST_CHECK(claims.at(n) == phase::free);
}

BOOST_AUTO_TEST_CASE(what_is_handed_over_still_counts_as_held) {
  shard_claims claims;
  own(claims);
  BOOST_CHECK_EQUAL(claims.held(), 1u);
  BOOST_CHECK_EQUAL(claims.owned().size(), 1u);
  auto id = claims.hand_over({n});
  BOOST_CHECK_EQUAL(claims.held(), 1u);
  BOOST_CHECK(claims.owned().empty());
  claims.closed(id, false);
  BOOST_CHECK_EQUAL(claims.held(), 0u);
}

BOOST_AUTO_TEST_SUITE_END()
