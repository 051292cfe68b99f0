#define BOOST_TEST_MODULE lifecycle
#include "tieline/actors/deadlines.hpp"
#include "tieline/actors/lifecycle.hpp"

#include <boost/test/included/unit_test.hpp>

using namespace tieline;

BOOST_AUTO_TEST_CASE(x) {
}
