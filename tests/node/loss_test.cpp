#include "node/node_fixture.hpp"
#include "support/loopback_ports.hpp"
#include "support/test_sink.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

namespace {

/// Requests while the node is away.
struct away {
  node_settings links = [] {
    auto result = plain_links();
    result.reconnect_timeout = hang_limit;
    return result;
  }();
  std::optional<node_peer> peer{plain_links()};
  this_node node{links};
  uint16_t port = peer->port();
  manager_actor manager = node.manager_at(port);

  /// Kills the node, and waits until that is known here.
  void leave() {
    peer->signal(SIGKILL);
    BOOST_REQUIRE(!node.ask<counters_snapshot>(manager, counters_atom_v));
  }

  void come_back() {
    auto again = plain_links();
    again.port = port;
    peer.emplace(again);
    BOOST_REQUIRE_EQUAL(peer->port(), port);
  }

  template <class... Ts>
  pending<maybe_connection> open(Ts... xs) {
    return {node.sys(),          manager,
            caf::open_atom_v,    connection_key{"r1", "peer"},
            connection_params{}, xs...};
  }

  pending<reply> run(caf::timespan timeout = caf::timespan{0}) {
    request what;
    what.body = "show version";
    what.timeout = timeout;
    return {node.sys(),          manager,
            execute_atom_v,      connection_key{"r1", "peer"},
            connection_params{}, what};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_node_that_is_away, away)

BOOST_AUTO_TEST_CASE(is_waited_for_by_what_has_not_begun) {
  leave();
  auto by_settings = open();
  auto opens = open(caf::timespan{hang_limit});
  auto runs = run();
  auto runs_in_time = run(hang_limit);
  pending<std::vector<open_outcome>> many{node.sys(), manager, caf::open_atom_v,
                                          std::vector<open_item>{
                                            {{"r2", "peer"}, {}}}};
  come_back();
  BOOST_CHECK(by_settings.take());
  BOOST_CHECK(opens.take());
  auto got = runs.take();
  BOOST_REQUIRE(got);
  BOOST_CHECK_EQUAL(got->output, "show version");
  BOOST_CHECK(runs_in_time.take());
  BOOST_CHECK(many.take().value().at(0).connection);
}

BOOST_AUTO_TEST_CASE(is_waited_for_no_longer_than_a_request_has_time) {
  leave();
  auto got = run(std::chrono::milliseconds{300}).take();
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::timeout);
  auto why = failure_of(got.error());
  BOOST_CHECK_EQUAL(to_string(why.key), "peer://r1");
  BOOST_CHECK_EQUAL(to_string(why.at), "connect");
  come_back();
  BOOST_CHECK(run().take());
}

BOOST_AUTO_TEST_CASE(is_not_waited_for_by_those_who_look) {
  leave();
  auto got = node.ask<counters_snapshot>(manager, counters_atom_v);
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
}

BOOST_AUTO_TEST_CASE(takes_what_was_in_flight_with_it) {
  auto connection = open().take().value().value();
  request what;
  what.body = "hold";
  pending<reply> by_connection{node.sys(), connection, execute_atom_v, what};
  pending<reply> by_manager{node.sys(),          manager,
                            execute_atom_v,      connection_key{"r1", "peer"},
                            connection_params{}, what};
  peer->wait_for("executing hold", 2);
  leave();
  for (auto* x : {&by_connection, &by_manager}) {
    auto got = x->take();
    BOOST_REQUIRE(!got);
    BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
    BOOST_CHECK(class_of(got.error()) == failure_class::lost);
    auto why = failure_of(got.error());
    BOOST_CHECK_EQUAL(to_string(why.key), "peer://r1");
    BOOST_CHECK_EQUAL(to_string(why.at), "execute");
  }
  // What comes later has certainly not begun.
  auto late = node.execute(connection, "x");
  BOOST_REQUIRE(!late);
  BOOST_CHECK_EQUAL(code_of(late.error()), errc::node_lost);
  BOOST_CHECK(class_of(late.error()) == failure_class::transient);
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
