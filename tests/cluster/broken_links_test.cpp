#include "node/node_fixture.hpp"
#include "support/eventually.hpp"
#include "support/far_network.hpp"
#include "support/outcome.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace tieline;
using namespace tieline::test;

BOOST_AUTO_TEST_SUITE(broken_links_test)

// Two other nodes are in the far network, each behind a cable of its own.
BOOST_AUTO_TEST_CASE(a_link_heals_while_another_node_is_in_a_black_hole) {
  far_network far;
  auto links = [](const char* address) {
    auto result = plain_links();
    result.plain_text = true;
    result.address = address;
    // Long enough that nothing but the one could keep the other waiting.
    result.connect_timeout = std::chrono::minutes{10};
    return result;
  };
  node_peer swallowed{links(field_there), {}, far.wrapper()};
  node_peer broken{links(control_there), {}, far.wrapper()};
  this_node here{links("127.0.0.1")};
  auto manager_at = [&](const char* address, uint16_t port) {
    return required(connect(here.sys(), address, port, links(address)));
  };
  auto at_swallowed = manager_at(field_there, swallowed.port());
  auto at_broken = manager_at(control_there, broken.port());
  auto open = [&](const manager_actor& where) {
    return code_of(here.open(where, "r1").error());
  };
  BOOST_REQUIRE(here.open(at_swallowed, "r1"));
  BOOST_REQUIRE(here.open(at_broken, "r1"));
  far.swallow(true);
  BOOST_CHECK_EQUAL(open(at_swallowed), errc::node_lost);
  pending<maybe_connection> waiting{
    here.sys(),          at_swallowed,
    caf::open_atom_v,    connection_key{"r1", "peer"},
    connection_params{}, caf::timespan{0}};
  far.plug(false);
  BOOST_CHECK_EQUAL(open(at_broken), errc::node_lost);
  far.plug(true);
  BOOST_CHECK(eventually([&] { return bool(here.open(at_broken, "r1")); }));
  BOOST_CHECK(!waiting.arrived());
  far.swallow(false);
  BOOST_CHECK(waiting.take());
}

BOOST_AUTO_TEST_SUITE_END()
