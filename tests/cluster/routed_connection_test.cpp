#include "cluster/two_nodes.hpp"

#include "tieline/actors/cluster/routed_connection.hpp"
#include "tieline/actors/runtime/caller_monitor.hpp"
#include "tieline/actors/runtime/timer.hpp"

#include <caf/actor_cast.hpp>

#include <boost/test/unit_test.hpp>

// What the handle of a key that moves does.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(routed_connection_test, two_nodes)

BOOST_AUTO_TEST_CASE(a_key_opens_again_while_its_closed_handle_is_held) {
  auto key = key_of("b", ab);
  auto old = opened("a", key);
  auto closed = ask_now<bool>(old, caf::close_atom_v);
  let_close();
  BOOST_CHECK(closed.value());
  auto again = opened("a", key);
  auto done = execute(again, "again");
  BOOST_REQUIRE(!done.arrived());
  (*this)["b"].plugin.last().finish_one();
  settle();
  BOOST_CHECK(done.ok());
  BOOST_CHECK_EQUAL(execute(old, "late").code(), errc::closed);
}

BOOST_AUTO_TEST_CASE(a_handle_of_before_a_close_by_another_is_not_given_again) {
  auto key = key_of("b", ab);
  auto old = opened("a", key);
  auto closed = ask_now<bool>(router("a"), caf::close_atom_v, key);
  let_close();
  BOOST_CHECK(closed.value());
  auto again = opened("a", key);
  auto done = execute(again, "again");
  BOOST_REQUIRE(!done.arrived());
  (*this)["b"].plugin.last().finish_one();
  settle();
  BOOST_CHECK(done.ok());
  BOOST_CHECK_EQUAL(execute(old, "late").code(), errc::closed);
}

BOOST_AUTO_TEST_CASE(a_second_close_says_that_it_was_not_the_one) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  auto first = ask_now<bool>(connection, caf::close_atom_v);
  let_close();
  BOOST_CHECK(first.value());
  auto second = ask_now<bool>(connection, caf::close_atom_v);
  BOOST_REQUIRE(second.ok());
  BOOST_CHECK(!second.value());
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_key_is_closed_with_its_handle) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  nobody_takes_keys();
  let_close();
  auto waiting = execute(connection, "waiting");
  BOOST_REQUIRE(!waiting.arrived());
  auto closed = ask_now<bool>(connection, caf::close_atom_v);
  BOOST_CHECK_EQUAL(waiting.code(), errc::closed);
  tell_all(ab);
  advance(5s);
  let_open();
  BOOST_CHECK(closed.ok());
  BOOST_CHECK(!waiting.ok());
}

BOOST_AUTO_TEST_CASE(the_time_spent_on_the_way_counts) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  nobody_takes_keys();
  let_close();
  auto pending = execute(connection, "long", 10s);
  advance(8s);
  BOOST_REQUIRE(!pending.arrived());
  tell_all(ab);
  advance(1s);
  let_open();
  BOOST_REQUIRE_EQUAL((*this)["b"].plugin.last().work(), 1u);
  advance(2500ms);
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK_EQUAL(pending.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(a_caller_that_has_ended_on_the_way_gets_nothing_run) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  nobody_takes_keys();
  let_close();
  auto mine = execute(connection, "mine");
  auto other = execute(connection, "other");
  mine.kill_caller();
  settle();
  tell_all(ab);
  advance(2s);
  let_open();
  BOOST_REQUIRE_EQUAL((*this)["b"].plugin.last().work(), 1u);
  (*this)["b"].plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(other.value().output, "other");
}

BOOST_AUTO_TEST_CASE(an_open_of_a_caller_that_has_ended_is_not_made) {
  auto key = key_of("b", ab);
  nobody_takes_keys();
  auto mine = open("a", key);
  mine.kill_caller();
  settle();
  tell_all(ab);
  advance(5s);
  BOOST_CHECK((*this)["b"].plugin.sessions().empty());
}

BOOST_AUTO_TEST_CASE(to_look_at_a_handle_tells_of_where_its_key_is_now) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  tell_all({"a"});
  let_close();
  advance(1s);
  auto other = opened("b", key);
  BOOST_TEST(sessions(key) == names{"a"});
  auto sessions_before = (*this)["a"].plugin.sessions().size();
  auto status = ask_now<connection_status>(connection, status_atom_v);
  BOOST_CHECK_EQUAL(status.value().node, "a");
  BOOST_CHECK_EQUAL(status.value().state, connection_state::open);
  BOOST_CHECK_EQUAL((*this)["a"].plugin.sessions().size(), sessions_before);
}

BOOST_AUTO_TEST_CASE(no_connection_where_there_should_be_one_does_no_harm) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  compat::anon_send(caf::actor_cast<routed_connection_actor>(connection),
                    put_atom_v, connection_actor{});
  settle();
  auto done = execute(connection, "still");
  (*this)["b"].plugin.last().finish_one();
  settle();
  BOOST_CHECK(done.ok());
}

BOOST_AUTO_TEST_CASE(what_waits_at_a_handle_is_closed_with_its_router) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  nobody_takes_keys();
  let_close();
  auto waiting = execute(connection, "waiting");
  BOOST_REQUIRE(!waiting.arrived());
  stop("a");
  BOOST_CHECK_EQUAL(waiting.code(), errc::closed);
  // The handle has ended with it.
  auto late = execute(connection, "late");
  BOOST_REQUIRE(late.arrived());
  BOOST_CHECK(!late.ok());
}

BOOST_AUTO_TEST_CASE(a_handle_that_is_gone_leaves_nothing_with_the_clock) {
  auto timer = spawn_timer(sys());
  auto key = key_of("b", ab);
  auto handle = spawn_routed_connection(sys(), key, (*this)["a"].router, timer,
                                        spawn_caller_monitor(sys()));
  auto done = execute(handle, "once");
  advance(1s);
  BOOST_REQUIRE(done.arrived());
  caf::weak_actor_ptr weak{
    caf::actor_cast<caf::strong_actor_ptr>(handle).get()};
  handle = nullptr;
  advance(1min);
  BOOST_REQUIRE(!weak.lock());
  BOOST_CHECK_EQUAL(weak.get()->weak_refs.load(), 1u);
  caf::anon_send_exit(timer, caf::exit_reason::user_shutdown);
  settle();
}

BOOST_AUTO_TEST_SUITE_END()
