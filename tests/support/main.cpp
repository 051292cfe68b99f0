#define BOOST_TEST_MODULE tieline
#include "tieline/messages/interfaces.hpp"

#include <boost/test/unit_test.hpp>

namespace {

/// Makes tieline's types known to CAF, which copies even errors by their ids.
struct type_ids {
  type_ids() {
    tieline::init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(type_ids);

} // namespace
