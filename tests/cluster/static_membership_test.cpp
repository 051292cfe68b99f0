#include "cluster/two_nodes.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

// Nodes that are written down.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(static_membership_test)

BOOST_AUTO_TEST_CASE(a_weight_that_is_no_number_is_none) {
  cluster_fixture fixture{ab, true};
  auto what = fixture["b"].what;
  what.weight = std::numeric_limits<double>::quiet_NaN();
  compat::anon_send(fixture["b"].router, put_atom_v, what);
  fixture.settle();
  fixture.driver().tick(fixture.how.look_interval);
  // A view that differs from itself would be told for ever.
  size_t steps = 0;
  while (steps < 100000 && fixture.driver().run_once())
    ++steps;
  BOOST_REQUIRE_LT(steps, 100000u);
  auto key = fixture.key_of("b", ab);
  fixture.opened("a", key);
  BOOST_TEST(fixture.sessions(key) == names{"a"});
}

BOOST_AUTO_TEST_SUITE_END()
