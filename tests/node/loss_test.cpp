#include "node/node_fixture.hpp"
#include "support/loopback_ports.hpp"
#include "support/test_sink.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <memory>
#include <string>

using namespace tieline;
using namespace tieline::test;
namespace data = boost::unit_test::data;

namespace {

struct fixture {
  node_peer peer{plain_links()};
  this_node node{plain_links()};
  manager_actor manager = node.manager_at(peer.port());

  connection_actor opened(const std::string& host) {
    return node.opened(manager, host);
  }

  pending<maybe_connection> held_open() {
    connection_params params;
    params.username = "hold";
    pending<maybe_connection> result{
      node.sys(),       manager,
      caf::open_atom_v, connection_key{"held", "peer"},
      params,           caf::timespan{0}};
    peer.wait_for("opening hold");
    return result;
  }

  template <class T>
  void check_lost(const caf::expected<T>& got) {
    BOOST_REQUIRE(!got);
    BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(loss_test)

BOOST_FIXTURE_TEST_SUITE(node_loss_tests, fixture)

BOOST_DATA_TEST_CASE_F(fixture, all_who_wait_are_told, data::make(losses),
                       how) {
  auto connection = opened("r1");
  auto opening = held_open();
  request what;
  what.body = "hold";
  pending<reply> executing{node.sys(), connection, execute_atom_v, what};
  peer.wait_for("executing hold");
  test_sink sink{node.sys(), false};
  what.body = "3";
  what.sink = sink.handle();
  pending<reply> streaming{node.sys(), connection, execute_atom_v, what};
  BOOST_REQUIRE(eventually([&] { return sink.count() == 1; }));
  peer.signal(how.signal);
  check_lost(opening.take());
  check_lost(executing.take());
  check_lost(streaming.take());
  check_lost(node.execute(connection, "too late"));
  check_lost(node.ask<bool>(connection, caf::close_atom_v));
}

BOOST_DATA_TEST_CASE_F(fixture, later_requests_are_answered_node_lost,
                       data::make(losses), how) {
  opened("r1");
  peer.signal(how.signal);
  for (auto i = 0; i < 3; ++i)
    check_lost(node.open(manager, "r" + std::to_string(i)));
  check_lost(node.ask<counters_snapshot>(manager, counters_atom_v));
}

BOOST_DATA_TEST_CASE_F(fixture, many_who_wait_are_all_told, data::make(losses),
                       how) {
  auto connection = opened("r1");
  request what;
  what.body = "hold";
  std::vector<pending<reply>> all;
  for (auto i = 0; i < 500; ++i)
    all.emplace_back(node.sys(), connection, execute_atom_v, what);
  peer.wait_for("executing hold", 500);
  peer.signal(how.signal);
  for (auto& one : all)
    check_lost(one.take());
}

BOOST_AUTO_TEST_CASE(a_node_that_is_back_is_used_again_on_demand) {
  auto connection = opened("r1");
  auto again = plain_links();
  again.port = peer.port();
  peer.signal(SIGKILL);
  check_lost(node.execute(connection, "x"));
  node_peer second{again};
  BOOST_CHECK_EQUAL(second.port(), again.port);
  caf::expected<maybe_connection> got{caf::error{}};
  BOOST_CHECK(eventually([&] {
    got = node.open(manager, "r1");
    return static_cast<bool>(got);
  }));
  BOOST_REQUIRE(*got);
  BOOST_CHECK(node.execute(**got, "x"));
  // The old handle stands for what is no more.
  check_lost(node.execute(connection, "x"));
}

BOOST_AUTO_TEST_CASE(a_node_that_was_stopped_is_used_again_on_demand) {
  auto connection = opened("r1");
  peer.signal(SIGSTOP);
  check_lost(node.execute(connection, "hold"));
  peer.signal(SIGCONT);
  // The link may be lost once more: the other node finds all of our attempts
  // when it wakes up, and takes one that is over for the link.
  BOOST_CHECK(eventually([&] {
    auto got = node.open(manager, "r1");
    return got && *got && node.execute(**got, "x");
  }));
}

BOOST_AUTO_TEST_CASE(what_a_lost_node_had_sent_out_for_is_given_up_there) {
  // The other way round: here is who is lost.
  auto user = std::make_unique<this_node>(plain_links());
  auto theirs = user->manager_at(peer.port());
  connection_params params;
  params.username = "hold";
  pending<maybe_connection> opening{
    user->sys(),      theirs,
    caf::open_atom_v, connection_key{"held", "peer"},
    params,           caf::timespan{0}};
  peer.wait_for("opening hold");
  caf::anon_send_exit(theirs, caf::exit_reason::user_shutdown);
  BOOST_CHECK(!opening.take());
  theirs = nullptr;
  user.reset();
  peer.wait_for("session ended");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(nobody_there_is_an_error_with_its_cause) {
  this_node node{plain_links()};
  refused_port nobody;
  auto got = node.connect_to(nobody.port());
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
  BOOST_CHECK_NE(failure_of(got.error()).cause, "");
}

BOOST_AUTO_TEST_SUITE_END()
