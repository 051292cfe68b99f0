#include "cluster/two_nodes.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>

#include <boost/test/unit_test.hpp>

// The end of a router.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(shutdown_test, two_nodes)

BOOST_AUTO_TEST_CASE(a_closed_handle_that_went_to_another_node_ends) {
  auto key = key_of("a", ab);
  auto before = sys().registry().running();
  for (auto i = 0; i < 300; ++i) {
    auto handle = opened("a", key);
    // As when it is named in a message to another node.
    sys().registry().put(handle.id(),
                         caf::actor_cast<caf::strong_actor_ptr>(handle));
    auto closed = ask_now<bool>(handle, caf::close_atom_v);
    let_close();
    BOOST_REQUIRE(closed.ok());
  }
  settle();
  BOOST_CHECK_LT(sys().registry().running(), before + 100);
}

BOOST_AUTO_TEST_CASE(an_open_that_had_begun_is_not_said_to_have_been_closed) {
  auto opening = open("a", key_of("b", ab));
  stop("a");
  BOOST_REQUIRE(opening.arrived());
  BOOST_CHECK_EQUAL(opening.code(), errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(what_waits_at_a_router_is_told_of_its_end) {
  nobody_takes_keys();
  auto waiting = open("a", key_of("b", ab));
  auto waiting_for_many = ask_now<std::vector<open_outcome>>(
    router("a"), caf::open_atom_v,
    std::vector<open_item>{{key_of("b", ab), params_for("admin")}},
    caf::timespan{0});
  stop("a");
  BOOST_REQUIRE(waiting.arrived());
  BOOST_CHECK_NE(waiting.code(), errc::none);
  BOOST_REQUIRE(waiting_for_many.ok());
  BOOST_CHECK_NE(code_of(waiting_for_many.value()[0].error), errc::none);
}

BOOST_AUTO_TEST_CASE(what_another_node_works_on_is_told_of_its_routers_end) {
  auto pending = open("a", key_of("b", ab));
  BOOST_REQUIRE((*this)["b"].plugin.last().wants_open());
  stop("a");
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK_NE(pending.code(), errc::none);
}

BOOST_AUTO_TEST_CASE(what_waits_for_all_nodes_is_closed_with_its_router) {
  (*this)["b"].hangs = true;
  auto listener = listen(sys(),
                         std::make_shared<std::vector<lifecycle_event>>());
  auto counters = ask_now<counters_snapshot>(router("a"), counters_atom_v);
  auto nodes = ask_now<std::vector<node_status>>(router("a"), nodes_atom_v);
  auto told = ask_now<caf::unit_t>(router("a"), caf::subscribe_atom_v, listener,
                                   selector{});
  auto left = ask_now<caf::unit_t>(router("a"), leave_atom_v, std::string{"b"},
                                   caf::timespan{10min});
  auto joined = ask_now<caf::unit_t>(router("a"), join_atom_v,
                                     std::string{"b"});
  caf::anon_send_exit(router("a"), caf::exit_reason::user_shutdown);
  advance(10s);
  BOOST_CHECK_EQUAL(counters.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(nodes.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(told.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(left.code(), errc::connection_lost);
  BOOST_CHECK_EQUAL(joined.code(), errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(two_shutdowns_are_both_answered) {
  auto key = key_of("a", ab);
  opened("a", key);
  auto one = ask<caf::unit_t>(router("a"), shutdown_atom_v, caf::timespan{0});
  auto two = ask<caf::unit_t>(router("a"), shutdown_atom_v, caf::timespan{0});
  settle();
  let_close();
  advance(2min);
  BOOST_CHECK(one.ok());
  BOOST_CHECK(two.ok());
}

BOOST_AUTO_TEST_CASE(a_shutdown_after_an_exit_message_still_ends_the_manager) {
  auto key = key_of("a", ab);
  opened("a", key);
  caf::anon_send_exit((*this)["a"].router, caf::exit_reason::user_shutdown);
  auto done = ask_now<caf::unit_t>(router("a"), shutdown_atom_v,
                                   caf::timespan{0});
  let_close();
  advance(2min);
  BOOST_CHECK(done.ok());
  auto manager = (*this)["a"].manager;
  BOOST_CHECK(!ask_now<maybe_connection>(manager, caf::get_atom_v, key).ok());
}

BOOST_AUTO_TEST_CASE(a_shutdown_keeps_to_its_time) {
  auto key = key_of("a", ab);
  auto connection = opened("a", key);
  auto running = execute(connection, "for ever", 10min);
  auto done = ask_now<caf::unit_t>(router("a"), shutdown_atom_v,
                                   caf::timespan{1s});
  advance(2s);
  BOOST_CHECK(done.ok());
  BOOST_CHECK_EQUAL(running.code(), errc::connection_lost);
}

BOOST_AUTO_TEST_SUITE_END()
