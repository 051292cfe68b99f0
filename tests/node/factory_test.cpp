#include "node/node_fixture.hpp"
#include "support/test_sink.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace tieline;
using namespace tieline::test;
namespace data = boost::unit_test::data;

namespace {

/// The manager is here, the sessions are at the peer.
struct fixture {
  this_node node{plain_links()};
  manager_actor manager = node.own_manager();
  uint16_t port = publish(node.sys(), manager, plain_links()).value();
  node_peer peer{plain_links(), {"--peer.factory-for=" + std::to_string(port)}};

  fixture() {
    peer.wait_for("registered");
  }

  connection_actor opened(const std::string& host) {
    return node.opened(manager, host);
  }

  pending<maybe_connection> opening(const std::string& host,
                                    const std::string& username = "") {
    connection_params params;
    params.username = username;
    return {node.sys(),       manager,
            caf::open_atom_v, connection_key{host, "peer"},
            params,           caf::timespan{0}};
  }

  template <class T>
  void check_lost(const caf::expected<T>& got) {
    BOOST_REQUIRE(!got);
    BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(factory_test)

BOOST_FIXTURE_TEST_SUITE(remote_factory_tests, fixture)

BOOST_AUTO_TEST_CASE(its_sessions_serve_the_manager_here) {
  auto connection = opened("r1");
  auto result = node.execute(connection, "show version");
  BOOST_REQUIRE(result);
  BOOST_CHECK_EQUAL(result->output, "show version");
  peer.wait_for("executing show version");
  test_sink sink{node.sys()};
  BOOST_CHECK(node.execute(connection, "3", sink.handle()));
  BOOST_CHECK_EQUAL(sink.output(), "3\n2\n1\n");
  BOOST_CHECK(node.ask<bool>(connection, caf::close_atom_v).value());
  peer.wait_for("session ended");
}

BOOST_AUTO_TEST_CASE(an_open_that_nobody_waits_for_is_given_up_there) {
  auto held = opening("r1", "hold");
  peer.wait_for("opening hold");
  caf::anon_send_exit(held.asker(), caf::exit_reason::kill);
  peer.wait_for("session ended");
}

BOOST_DATA_TEST_CASE_F(fixture, its_loss_while_it_makes_a_session_is_told,
                       data::make(losses), how) {
  auto held = opening("hold");
  peer.wait_for("making hold");
  peer.signal(how.signal);
  check_lost(held.take());
}

BOOST_DATA_TEST_CASE_F(fixture, its_loss_while_it_makes_the_next_is_told,
                       data::make(losses), how) {
  // The first session of a connection is made for the manager, later ones for
  // the connection.
  auto first = node.ask<maybe_connection>(manager, get_or_create_atom_v,
                                          connection_key{"r1", "peer"});
  BOOST_REQUIRE(first && *first);
  BOOST_REQUIRE(!node.tell(**first, caf::open_atom_v, connection_params{},
                           caf::timespan{0}));
  auto gone = opened("r1");
  auto held = opening("r1", "hold");
  peer.wait_for("opening hold");
  peer.signal(how.signal);
  check_lost(held.take());
}

BOOST_DATA_TEST_CASE_F(fixture, its_loss_while_a_session_opens_is_told,
                       data::make(losses), how) {
  auto held = opening("r1", "hold");
  peer.wait_for("opening hold");
  peer.signal(how.signal);
  check_lost(held.take());
}

BOOST_DATA_TEST_CASE_F(fixture, its_loss_while_requests_run_is_told,
                       data::make(losses), how) {
  auto connection = opened("r1");
  request what;
  what.body = "hold";
  pending<reply> first{node.sys(), connection, execute_atom_v, what};
  pending<reply> second{node.sys(), connection, execute_atom_v, what};
  peer.wait_for("executing hold", 2);
  test_sink sink{node.sys(), false};
  what.body = "3";
  what.sink = sink.handle();
  pending<reply> streaming{node.sys(), connection, execute_atom_v, what};
  BOOST_REQUIRE(eventually([&] { return sink.count() == 1; }));
  peer.signal(how.signal);
  check_lost(first.take());
  check_lost(second.take());
  check_lost(streaming.take());
  // There is no factory any more.
  auto next = node.execute(connection, "x");
  BOOST_REQUIRE(!next);
  BOOST_CHECK_EQUAL(code_of(next.error()), errc::factory_not_set);
  BOOST_CHECK_EQUAL(
    node.ask<counters_snapshot>(manager, counters_atom_v)->at("peer").losses,
    1u);
}

BOOST_DATA_TEST_CASE_F(fixture, its_loss_while_a_session_closes_is_told,
                       data::make(losses), how) {
  auto connection = opened("r1");
  request what;
  what.body = "hold";
  pending<reply> running{node.sys(), connection, execute_atom_v, what};
  peer.wait_for("executing hold");
  pending<bool> closing{node.sys(), connection, caf::close_atom_v};
  peer.signal(how.signal);
  BOOST_CHECK(closing.take().value());
  BOOST_CHECK(!running.take());
}

BOOST_AUTO_TEST_CASE(another_node_takes_its_place) {
  auto connection = opened("r1");
  peer.signal(SIGKILL);
  node_peer second{plain_links(),
                   {"--peer.factory-for=" + std::to_string(port)}};
  second.wait_for("registered");
  BOOST_CHECK(eventually([&] { return bool{node.execute(connection, "x")}; }));
  second.wait_for("executing x");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
