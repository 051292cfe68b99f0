#include "node/node_fixture.hpp"
#include "support/test_sink.hpp"

#include <caf/actor_registry.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <future>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  node_peer peer{plain_links()};
  this_node node{plain_links()};
  manager_actor manager = node.manager_at(peer.port());

  connection_actor opened(const std::string& host) {
    return node.opened(manager, host);
  }
};

bool has(const event_recorder& events, event_kind what,
         const std::string& host) {
  auto all = events.told();
  return std::any_of(all.begin(), all.end(), [&](const auto& x) {
    return x.what == what && x.key.hostname == host;
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(manager_test)

BOOST_FIXTURE_TEST_SUITE(remote_manager_tests, fixture)

BOOST_AUTO_TEST_CASE(it_is_used_as_if_it_were_here) {
  connection_key key{"r1", "peer"};
  auto none = node.ask<maybe_connection>(manager, caf::get_atom_v, key);
  BOOST_REQUIRE(none);
  BOOST_CHECK(!*none);
  auto unknown = node.ask<maybe_connection>(
    manager, get_or_create_atom_v, connection_key{"r1", "no such plugin"});
  BOOST_REQUIRE(unknown);
  BOOST_CHECK(!*unknown);
  auto connection = opened("r1");
  auto result = node.execute(connection, "show version");
  BOOST_REQUIRE(result);
  BOOST_CHECK_EQUAL(result->output, "show version");
  auto status = node.ask<connection_status>(connection, status_atom_v);
  BOOST_REQUIRE(status);
  BOOST_CHECK(status->key == key);
  BOOST_CHECK(node.ask<explanation>(connection, explain_atom_v));
  BOOST_CHECK(
    node.ask<std::optional<explanation>>(manager, explain_atom_v, key).value());
  BOOST_CHECK(!node.tell(connection, operate_atom_v, operation::reconnect,
                         caf::timespan{0}));
  auto all = node.ask<std::vector<connection_status>>(manager, status_atom_v);
  BOOST_REQUIRE(all);
  BOOST_CHECK_EQUAL(all->size(), 1u);
  auto counters = node.ask<counters_snapshot>(manager, counters_atom_v);
  BOOST_REQUIRE(counters);
  BOOST_CHECK_EQUAL(counters->at("peer").create_calls, 1u);
  auto closed = node.ask<bool>(manager, caf::close_atom_v, key);
  BOOST_REQUIRE(closed);
  BOOST_CHECK(*closed);
  auto late = node.execute(connection, "too late");
  BOOST_REQUIRE(!late);
  BOOST_CHECK_EQUAL(code_of(late.error()), errc::closed);
}

BOOST_AUTO_TEST_CASE(it_runs_requests_on_what_it_opens) {
  request what;
  what.body = "show version";
  auto got = node.ask<reply>(opener_actor{manager}, execute_atom_v,
                             connection_key{"r1", "peer"}, connection_params{},
                             what);
  BOOST_REQUIRE(got);
  BOOST_CHECK_EQUAL(got->output, "show version");
  auto none = node.ask<reply>(manager, execute_atom_v,
                              connection_key{"r1", "no such plugin"},
                              connection_params{}, what);
  BOOST_REQUIRE(!none);
  BOOST_CHECK_EQUAL(code_of(none.error()), errc::factory_not_set);
  // Messages without a time cross, too.
  BOOST_CHECK(node.ask<maybe_connection>(manager, caf::open_atom_v,
                                         connection_key{"r1", "peer"},
                                         connection_params{}));
  BOOST_CHECK_EQUAL(node
                      .ask<uint64_t>(operator_actor{manager}, operate_atom_v,
                                     operation::pause, selector{})
                      .value(),
                    1u);
}

BOOST_AUTO_TEST_CASE(requests_are_canceled_there) {
  request what;
  what.body = "hold";
  what.tag = "backup";
  auto connection = opened("r1");
  pending<reply> by_tag{node.sys(), connection, execute_atom_v, what};
  peer.wait_for("executing hold");
  BOOST_CHECK_EQUAL(
    node.ask<uint64_t>(manager, cancel_atom_v, std::string{"backup"}).value(),
    1u);
  auto got = by_tag.take();
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::canceled);
  BOOST_CHECK_EQUAL(failure_of(got.error()).details["by"], "cancel");
  // By the end of who asked, which crosses as well.
  pending<reply> by_end{node.sys(), connection, execute_atom_v, what};
  peer.wait_for("executing hold", 2);
  caf::anon_send_exit(by_end.asker(), caf::exit_reason::kill);
  BOOST_CHECK(eventually([&] {
    auto seen = node.ask<explanation>(connection, explain_atom_v).value();
    return std::all_of(seen.running.begin(), seen.running.end(),
                       [](const auto& x) {
                         return x.who.rfind("nobody", 0) == 0;
                       });
  }));
}

BOOST_AUTO_TEST_CASE(a_session_is_leased_there) {
  auto connection = opened("r1");
  auto lease = node.ask<uint64_t>(connection, acquire_atom_v,
                                  caf::timespan{hang_limit});
  BOOST_REQUIRE(lease);
  request what;
  what.body = "other";
  pending<reply> other{node.sys(), connection, execute_atom_v, what};
  what.body = "mine";
  what.lease = *lease;
  BOOST_CHECK_EQUAL(
    node.ask<reply>(connection, execute_atom_v, what).value().output, "mine");
  BOOST_CHECK(!other.arrived());
  BOOST_CHECK(node.ask<bool>(connection, release_atom_v, *lease).value());
  BOOST_CHECK_EQUAL(other.take().value().output, "other");
}

BOOST_AUTO_TEST_CASE(one_connection_has_one_handle) {
  auto first = opened("r1");
  auto second = opened("r1");
  BOOST_CHECK(first == second);
  auto got = node.ask<maybe_connection>(manager, caf::get_atom_v,
                                        connection_key{"r1", "peer"});
  BOOST_REQUIRE(got);
  BOOST_CHECK(*got == first);
  BOOST_CHECK(first.node() == node.sys().node());
}

BOOST_AUTO_TEST_CASE(many_are_opened_in_one_request) {
  std::vector<open_item> items;
  for (auto i = 0; i < 200; ++i)
    items.push_back({{"r" + std::to_string(i), "peer"}, {}});
  items.push_back({{"r", "no such plugin"}, {}});
  auto got = node.ask<std::vector<open_outcome>>(manager, caf::open_atom_v,
                                                 items, caf::timespan{0});
  BOOST_REQUIRE(got);
  BOOST_REQUIRE_EQUAL(got->size(), items.size());
  BOOST_CHECK(!got->back().connection);
  got->pop_back();
  for (auto& outcome : *got) {
    BOOST_REQUIRE(outcome.connection);
    BOOST_REQUIRE(
      node.execute(*outcome.connection, outcome.key.hostname)->output
      == outcome.key.hostname);
  }
  BOOST_CHECK_EQUAL(node.ask<uint64_t>(manager, close_all_atom_v).value(),
                    200u);
}

BOOST_AUTO_TEST_CASE(a_slow_sink_holds_back_its_own_request_only) {
  auto connection = opened("r1");
  test_sink sink{node.sys(), false};
  request what;
  what.body = "3";
  what.sink = sink.handle();
  pending<reply> streaming{node.sys(), connection, execute_atom_v, what};
  peer.wait_for("streaming");
  BOOST_REQUIRE(eventually([&] { return sink.count() == 1; }));
  auto other = node.execute(connection, "quick");
  BOOST_REQUIRE(other);
  BOOST_CHECK_EQUAL(sink.count(), 1u);
  sink.release();
  BOOST_CHECK(streaming.take());
  BOOST_CHECK_EQUAL(sink.output(), "3\n2\n1\n");
}

BOOST_AUTO_TEST_CASE(a_sink_that_ends_cancels_its_request) {
  auto connection = opened("r1");
  test_sink sink{node.sys(), false};
  request what;
  what.body = "3";
  what.sink = sink.handle();
  pending<reply> streaming{node.sys(), connection, execute_atom_v, what};
  BOOST_REQUIRE(eventually([&] { return sink.count() == 1; }));
  sink.end();
  auto result = streaming.take();
  BOOST_REQUIRE(!result);
  BOOST_CHECK_EQUAL(code_of(result.error()), errc::canceled);
}

BOOST_AUTO_TEST_CASE(a_sink_is_held_no_longer_than_its_request) {
  auto connection = opened("r1");
  auto before = node.sys().registry().running();
  {
    auto sink = node.sys().spawn([](sink_actor::pointer) {
      return sink_actor::behavior_type{
        [](const chunk&) -> caf::result<void> { return caf::unit; }};
    });
    BOOST_CHECK(node.execute(connection, "100", sink));
  }
  BOOST_CHECK(
    eventually([&] { return node.sys().registry().running() <= before + 1; }));
}

BOOST_AUTO_TEST_CASE(events_are_told_until_they_are_not_wanted) {
  event_recorder events{node.sys()};
  BOOST_CHECK(!node.tell(manager, caf::subscribe_atom_v, events.handle(),
                         selector{"r*", "*"}));
  opened("r1");
  opened("other");
  BOOST_CHECK(
    eventually([&] { return has(events, event_kind::opened, "r1"); }));
  BOOST_CHECK(!has(events, event_kind::opened, "other"));
  BOOST_CHECK(
    node.ask<bool>(manager, caf::unsubscribe_atom_v, events.handle()).value());
  opened("r2");
  BOOST_CHECK(!has(events, event_kind::opened, "r2"));
  BOOST_CHECK(
    !node.ask<bool>(manager, caf::unsubscribe_atom_v, events.handle()).value());
}

BOOST_AUTO_TEST_CASE(a_caller_that_ends_takes_its_requests_with_it) {
  auto connection = opened("r1");
  request what;
  what.body = "hold";
  pending<reply> held{node.sys(), connection, execute_atom_v, what};
  peer.wait_for("executing hold");
  auto in_flight = [&] {
    return node.ask<connection_status>(connection, status_atom_v)->in_flight;
  };
  BOOST_CHECK_EQUAL(in_flight(), 1u);
  caf::anon_send_exit(held.asker(), caf::exit_reason::kill);
  // As here: an answer that nobody waits for is of no use, but work that runs
  // goes on.
  pending<maybe_connection> open{node.sys(),
                                 manager,
                                 caf::open_atom_v,
                                 connection_key{"r2", "peer"},
                                 [] {
                                   connection_params x;
                                   x.username = "hold";
                                   return x;
                                 }(),
                                 caf::timespan{0}};
  peer.wait_for("opening hold");
  caf::anon_send_exit(open.asker(), caf::exit_reason::kill);
  peer.wait_for("session ended");
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_what_nobody_holds) {
  auto before = node.sys().registry().running();
  for (auto i = 0; i < 20; ++i) {
    auto connection = opened("r" + std::to_string(i));
    BOOST_REQUIRE(node.execute(connection, "x"));
  }
  // One for the test as a caller of the manager.
  BOOST_CHECK(
    eventually([&] { return node.sys().registry().running() <= before + 1; }));
  manager = nullptr;
  BOOST_CHECK(
    eventually([&] { return node.sys().registry().running() < before; }));
}

BOOST_AUTO_TEST_CASE(a_long_timeout_keeps_nothing_alive) {
  auto before = node.sys().registry().running();
  BOOST_CHECK(node.ask<maybe_connection>(manager, caf::open_atom_v,
                                         connection_key{"r1", "peer"},
                                         connection_params{},
                                         caf::timespan{std::chrono::hours{1}}));
  manager = nullptr;
  // The timer ends with it, too.
  BOOST_CHECK(
    eventually([&] { return node.sys().registry().running() < before; }));
}

BOOST_AUTO_TEST_CASE(a_long_connect_timeout_does_not_hold_the_process) {
  node_settings links;
  links.connect_timeout = std::chrono::hours{1};
  // CAF forgets canceled timers with the next ones, so let there be none.
  links.heartbeat_interval = std::chrono::minutes{10};
  links.connection_timeout = std::chrono::minutes{20};
  node_peer quiet{links};
  auto ended = std::async(std::launch::async, [links, port = quiet.port()] {
    this_node{links}.manager_at(port);
  });
  if (ended.wait_for(hang_limit) != std::future_status::ready) {
    BOOST_ERROR("it is held");
    std::_Exit(1); // or the future would wait, too
  }
}

BOOST_AUTO_TEST_CASE(who_listens_hears_a_node_again_that_was_lost) {
  event_recorder events{node.sys()};
  BOOST_CHECK(
    !node.tell(manager, caf::subscribe_atom_v, events.handle(), selector{}));
  auto again = plain_links();
  again.port = peer.port();
  peer.signal(SIGKILL);
  node_peer second{again};
  BOOST_CHECK_EQUAL(second.port(), again.port);
  // Nobody asks anything here.
  this_node other{plain_links()};
  auto theirs = other.manager_at(again.port);
  BOOST_CHECK(eventually([&] {
    BOOST_REQUIRE(other.open(theirs, "r1"));
    BOOST_REQUIRE(
      other.ask<bool>(theirs, caf::close_atom_v, connection_key{"r1", "peer"}));
    return has(events, event_kind::opened, "r1");
  }));
}

BOOST_AUTO_TEST_CASE(large_output_comes_over) {
  auto connection = opened("r1");
  std::string large(8'000'000, 'x');
  auto result = node.execute(connection, large);
  BOOST_REQUIRE(result);
  BOOST_CHECK(result->output == large);
}

BOOST_AUTO_TEST_CASE(it_can_be_told_to_shut_down) {
  auto connection = opened("r1");
  event_recorder events{node.sys()};
  BOOST_CHECK(
    !node.tell(manager, caf::subscribe_atom_v, events.handle(), selector{}));
  BOOST_CHECK(!node.tell(manager, shutdown_atom_v, caf::timespan{0}));
  auto late = node.execute(connection, "x");
  BOOST_REQUIRE(!late);
  // The latter if it was on its way before the end was known here.
  auto code = code_of(late.error());
  BOOST_CHECK(code == errc::closed || code == errc::connection_lost);
  auto next = node.open(manager, "r2");
  BOOST_REQUIRE(!next);
  // The last if it is known here, the others if it was on its way then.
  code = code_of(next.error());
  BOOST_TEST((code == errc::closed || code == errc::connection_lost
              || code == errc::node_lost),
             describe(next.error()));
}

BOOST_AUTO_TEST_CASE(its_node_ends_in_good_order_whoever_uses_it) {
  auto connection = opened("r1");
  event_recorder events{node.sys()};
  BOOST_CHECK(
    !node.tell(manager, caf::subscribe_atom_v, events.handle(), selector{}));
  for (auto i = 0; i < 3; ++i) {
    opened("r2");
    BOOST_CHECK(
      node.ask<bool>(manager, caf::close_atom_v, connection_key{"r2", "peer"}));
  }
  peer.signal(SIGTERM);
  peer.wait_for("ended");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
