#include "cluster/two_nodes.hpp"

#include <boost/test/unit_test.hpp>

// A lease outlives the sessions that it stands for, whatever ends.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

/// Of node b, through the eyes of etcd.
struct crash : two_nodes {
  crash() {
    opened("a", key);
    (*this)["b"].router->attach_functor(
      [this](const caf::error& reason) { router_ended = reason; });
  }

  member_actor member() {
    return ask_now<member_actor>(router("b"), local_atom_v).value();
  }

  template <class Handle>
  void kill(const Handle& what) {
    caf::anon_send_exit(what, caf::exit_reason::kill);
    settle();
  }

  bool coordinator_lives() {
    auto who = (*this)["b"].coordinator->handle();
    return ask_now<std::string>(who, caf::get_atom_v, uint32_t{0}).ok();
  }

  bool has_its_lease() {
    return owners->count(shard_of(key)) != 0;
  }

  connection_key key = key_of("b", ab);
  caf::error router_ended;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(crash_test, crash)

BOOST_AUTO_TEST_CASE(when_the_router_is_killed) {
  kill(router("b"));
  BOOST_TEST(sessions(key) == names{"b"});
  BOOST_CHECK(coordinator_lives());
  let_close();
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK(!coordinator_lives());
  BOOST_CHECK(!has_its_lease());
}

BOOST_AUTO_TEST_CASE(when_the_router_ends_while_it_may_own_nothing) {
  (*this)["b"].coordinator->tell(cluster_view{});
  settle();
  caf::anon_send_exit(router("b"), caf::exit_reason::user_shutdown);
  settle();
  BOOST_TEST(sessions(key) == names{"b"});
  BOOST_CHECK(coordinator_lives());
  let_close();
  BOOST_TEST(sessions(key) == names{});
  advance(2s); // it lingers
  BOOST_CHECK(!coordinator_lives());
}

BOOST_AUTO_TEST_CASE(when_the_router_is_killed_while_it_may_own_nothing) {
  (*this)["b"].coordinator->tell(cluster_view{});
  settle();
  kill(router("b"));
  BOOST_CHECK(has_its_lease());
  let_close();
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK(!has_its_lease());
}

BOOST_AUTO_TEST_CASE(when_the_member_is_killed) {
  kill(member());
  BOOST_TEST(sessions(key) == names{"b"});
  BOOST_CHECK(!coordinator_lives());
  BOOST_CHECK(!router_ended);
  let_close();
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK_EQUAL(code_of(router_ended), errc::node_lost);
  // Nobody could say when all was closed.
  BOOST_CHECK(has_its_lease());
}

BOOST_AUTO_TEST_CASE(when_the_member_is_killed_and_a_session_hangs) {
  kill(member());
  advance(how.close_before);
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK_EQUAL(code_of(router_ended), errc::node_lost);
}

BOOST_AUTO_TEST_CASE(when_the_member_and_the_router_are_killed) {
  auto its_member = member();
  kill(router("b"));
  kill(its_member);
  let_close();
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK(has_its_lease());
}

BOOST_AUTO_TEST_CASE(when_the_member_is_told_to_end) {
  caf::anon_send_exit(member(), caf::exit_reason::user_shutdown);
  settle();
  BOOST_CHECK(has_its_lease());
  tell({"b"}, ab);
  auto late = open("b", key_of("b", ab, 1), 1s);
  BOOST_CHECK_EQUAL((*this)["b"].plugin.sessions().size(), 1u);
  let_close();
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK(!has_its_lease());
  BOOST_CHECK_EQUAL(code_of(router_ended), errc::node_lost);
  BOOST_CHECK(late.arrived() && !late.ok());
}

BOOST_AUTO_TEST_CASE(when_the_manager_is_killed) {
  kill((*this)["b"].manager);
  advance(1s);
  BOOST_TEST(sessions(key) == names{});
  // Nobody has seen that.
  BOOST_CHECK(has_its_lease());
  BOOST_CHECK_EQUAL(code_of(router_ended), errc::node_lost);
}

BOOST_AUTO_TEST_CASE(when_the_coordinator_is_killed_and_a_session_hangs) {
  kill((*this)["b"].coordinator->handle());
  BOOST_TEST(sessions(key) == names{"b"});
  advance(how.close_before / 2);
  BOOST_TEST(sessions(key) == names{});
}

BOOST_AUTO_TEST_CASE(when_the_coordinator_is_killed) {
  kill((*this)["b"].coordinator->handle());
  BOOST_TEST(sessions(key) == names{"b"});
  let_close();
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK(has_its_lease());
  BOOST_CHECK_EQUAL(code_of(router_ended), errc::node_lost);
}

// The errors of CAF for that stay within the nodes, on the own node and on
// another one, whatever of it comes first.
BOOST_AUTO_TEST_CASE(when_a_connection_is_killed_while_others_ask_for_it) {
  auto asked = 0;
  for (const std::string at : {"a", "b"})
    for (auto steps = 0; steps < 24; ++steps) {
      BOOST_TEST_CONTEXT("killed after " << steps << " messages, asked at "
                                         << at) {
        auto connection = ask_now<maybe_connection>((*this)["b"].manager,
                                                    caf::get_atom_v, key)
                            .value()
                            .value();
        auto routed = ask_now<maybe_connection>(router(at), caf::get_atom_v,
                                                key)
                        .value()
                        .value();
        auto opens = ask<maybe_connection>(router(at), caf::open_atom_v, key,
                                           params_for("admin"),
                                           caf::timespan{1min});
        request what;
        what.body = "show";
        what.timeout = 1min;
        auto work = ask<reply>(routed, execute_atom_v, what);
        for (auto i = 0; i < steps; ++i)
          driver().run_once();
        kill(connection);
        for (auto i = 0; i < 5 && !(opens.arrived() && work.arrived()); ++i) {
          let_open();
          for (auto& x : (*this)["b"].plugin.sessions())
            x->finish_one();
          advance(20s);
        }
        BOOST_REQUIRE(opens.arrived());
        BOOST_REQUIRE(work.arrived());
        BOOST_TEST((opens.ok() || code_of(opens.error()) != errc::none));
        BOOST_TEST((work.ok() || code_of(work.error()) != errc::none),
                   to_string(work.error()));
        ++asked;
        opened(at, key);
      }
    }
  BOOST_TEST(asked == 48);
}

BOOST_AUTO_TEST_SUITE_END()
