#pragma once

#include "tieline/messages/interfaces.hpp"

#include <boost/test/included/unit_test.hpp>

namespace tieline::test {

/// Makes tieline's types known to CAF, which copies errors by their type ids.
struct type_ids {
  type_ids() {
    init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(type_ids);

} // namespace tieline::test
