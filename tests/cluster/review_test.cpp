#include "cluster/cluster_fixture.hpp"

#include "tieline/actors/cluster/membership/static_membership.hpp"
#include "tieline/actors/cluster/routed_connection.hpp"
#include "tieline/actors/node/protocol.hpp"
#include "tieline/actors/node/remote_manager.hpp"
#include "tieline/actors/runtime/timer.hpp"

#include <caf/actor_cast.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

// What a review of the cluster found, in virtual time and without a network.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

struct two_nodes : cluster_fixture {
  two_nodes() : cluster_fixture(ab) {
    // nop
  }

  router_actor router(const std::string& name) {
    return (*this)[name].router;
  }

  /// No node knows of any other, or of itself.
  void nobody_takes_keys() {
    tell_all({});
  }

  /// Ends a node's router in good order.
  void stop(const std::string& name) {
    caf::anon_send_exit((*this)[name].router, caf::exit_reason::user_shutdown);
    settle();
    advance(2min);
  }
};

using heard = std::shared_ptr<std::vector<lifecycle_event>>;

listener_actor listen(caf::actor_system& sys, heard to) {
  return sys.spawn(
    [to](listener_actor::pointer) -> listener_actor::behavior_type {
      return {[to](const lifecycle_event& x) { to->push_back(x); }};
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(review_test)

BOOST_FIXTURE_TEST_SUITE(handles, two_nodes)

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
  auto handle = spawn_routed_connection(sys(), key, (*this)["a"].router, timer);
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

BOOST_FIXTURE_TEST_SUITE(listeners, two_nodes)

BOOST_AUTO_TEST_CASE(
  a_node_that_could_not_be_reached_tells_of_its_events_later) {
  auto all = std::make_shared<std::vector<lifecycle_event>>();
  auto listener = listen(sys(), all);
  *(*this)["b"].cut = true;
  ask_now<caf::unit_t>(router("a"), caf::subscribe_atom_v, listener,
                       selector{});
  *(*this)["b"].cut = false;
  advance(1min);
  opened("a", key_of("b", ab));
  BOOST_CHECK(std::any_of(all->begin(), all->end(), [](auto& x) {
    return x.what == event_kind::opened && x.node == "b";
  }));
}

BOOST_AUTO_TEST_CASE(
  a_node_that_could_not_be_reached_hears_of_the_unsubscribe) {
  auto all = std::make_shared<std::vector<lifecycle_event>>();
  auto listener = listen(sys(), all);
  ask_now<caf::unit_t>(router("a"), caf::subscribe_atom_v, listener,
                       selector{});
  *(*this)["b"].cut = true;
  BOOST_CHECK(
    ask_now<bool>(router("a"), caf::unsubscribe_atom_v, listener).value());
  *(*this)["b"].cut = false;
  advance(1min);
  opened("a", key_of("b", ab));
  BOOST_CHECK(all->empty());
}

BOOST_AUTO_TEST_CASE(a_listener_that_has_ended_is_not_told_of_for_ever) {
  auto all = std::make_shared<std::vector<lifecycle_event>>();
  auto listener = listen(sys(), all);
  *(*this)["b"].cut = true;
  ask_now<caf::unit_t>(router("a"), caf::subscribe_atom_v, listener,
                       selector{});
  caf::weak_actor_ptr weak{
    caf::actor_cast<caf::strong_actor_ptr>(listener).get()};
  listener = nullptr;
  advance(1min);
  BOOST_CHECK(!weak.lock());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(the_end, two_nodes)

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

namespace {

/// Node a's factory takes its time.
struct slow_factory : two_nodes {
  using promise = caf::typed_response_promise<std::optional<transport_actor>>;

  slow_factory() {
    factory_actor made = sys().spawn(
      [asked = asked](
        factory_actor::pointer self) -> factory_actor::behavior_type {
        return {[self, asked](make_atom, const connection_key&)
                  -> caf::result<std::optional<transport_actor>> {
          asked->push_back(self->make_response_promise<promise>());
          return asked->back();
        }};
      });
    ask_now<bool>((*this)["a"].manager, set_factory_atom_v, std::string{"fake"},
                  made);
  }

  ~slow_factory() {
    asked->clear();
  }

  std::shared_ptr<std::vector<promise>> asked
    = std::make_shared<std::vector<promise>>();
};

} // namespace

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

BOOST_FIXTURE_TEST_SUITE(a_lease_outlives_its_sessions, crash)

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

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(handing_over)

BOOST_FIXTURE_TEST_CASE(a_connection_that_is_being_made_moves, slow_factory) {
  auto key = key_of("a", ab);
  auto pending = open("b", key);
  BOOST_REQUIRE_EQUAL(asked->size(), 1u);
  tell_all({"b"});
  advance(2s);
  let_open();
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK(pending.ok());
  BOOST_TEST(sessions(key) == names{"b"});
}

BOOST_FIXTURE_TEST_CASE(what_waits_for_a_connection_to_close_moves, two_nodes) {
  auto key = key_of("a", ab);
  opened("b", key);
  auto closed = ask_now<bool>(router("a"), caf::close_atom_v, key);
  auto pending = open("b", key);
  tell_all({"b"});
  let_close();
  advance(2s);
  let_open();
  BOOST_CHECK(closed.ok());
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK(pending.ok());
  BOOST_TEST(sessions(key) == names{"b"});
}

BOOST_FIXTURE_TEST_CASE(a_leave_without_a_limit_waits_for_work, two_nodes) {
  advance(1s); // a clock at zero would not overflow
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  auto running = execute(connection, "running", 10min);
  auto left = ask_now<caf::unit_t>(router("a"), leave_atom_v, std::string{"b"},
                                   caf::timespan{caf::infinite});
  advance(1min);
  BOOST_CHECK(!running.arrived());
  BOOST_CHECK(!left.arrived());
  (*this)["b"].plugin.last().finish_one();
  settle();
  let_close();
  BOOST_CHECK(running.ok());
  BOOST_CHECK(left.ok());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(written_down)

BOOST_AUTO_TEST_CASE(a_weight_that_is_no_number_is_none) {
  cluster_fixture fixture{ab, true};
  auto what = fixture["b"].what;
  what.weight = std::numeric_limits<double>::quiet_NaN();
  compat::anon_send(fixture["b"].router, put_atom_v, what);
  fixture.settle();
  fixture.sched().clock().advance_time(fixture.how.look_interval);
  // A view that differs from itself would be told for ever.
  size_t steps = 0;
  for (; steps < 100000 && fixture.sched().has_job(); ++steps)
    fixture.sched().run_once();
  BOOST_REQUIRE_LT(steps, 100000u);
  auto key = fixture.key_of("b", ab);
  fixture.opened("a", key);
  BOOST_TEST(fixture.sessions(key) == names{"a"});
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Node b, published on a link that is of this process.
struct published : two_nodes {
  using promise
    = caf::typed_response_promise<caf::node_id, caf::strong_actor_ptr,
                                  std::set<std::string>>;

  ~published() {
    for (auto& one : links_made)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    settle();
    asked->clear();
  }

  /// @param answers else it does nothing at all
  caf::io::middleman_actor link(bool answers = true) {
    auto what = caf::actor_cast<caf::strong_actor_ptr>((*this)["b"].router);
    auto names = sys().message_types(router("b"));
    names.insert(protocol());
    auto made = sys().spawn([=, node = sys().node(), asked = asked](
                              caf::event_based_actor* self) -> caf::behavior {
      return {[=](caf::connect_atom, const std::string&, uint16_t) {
        asked->push_back(self->make_response_promise<promise>());
        if (answers)
          asked->back().deliver(node, what, names);
        return asked->back();
      }};
    });
    links_made.push_back(made);
    return caf::actor_cast<caf::io::middleman_actor>(made);
  }

  node_settings links;
  std::vector<caf::actor> links_made;
  std::shared_ptr<std::vector<promise>> asked
    = std::make_shared<std::vector<promise>>();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(links_to_nodes, published)

BOOST_AUTO_TEST_CASE(a_member_is_reached_whoever_owns_no_name) {
  // The key that is asked for to see whether a link carries.
  (*owners)[shard_of(connection_key{})] = "a";
  auto member = spawn_remote_member(sys(), link(), {"b", "b.example", 4711},
                                    links);
  auto who = ask_now<cluster_node>(member, probe_atom_v);
  advance(1min);
  BOOST_REQUIRE(who.ok());
  BOOST_CHECK_EQUAL(who.value().name, "b");
}

BOOST_AUTO_TEST_CASE(another_node_at_its_place_is_not_taken_for_it) {
  auto member = spawn_remote_member(sys(), link(), {"c", "b.example", 4711},
                                    links);
  auto left = ask_now<caf::unit_t>(member, leave_atom_v, caf::timespan{1s});
  advance(1min);
  BOOST_REQUIRE(left.arrived() && !left.ok());
  BOOST_CHECK_EQUAL(left.code(), errc::node_lost);
  BOOST_CHECK_EQUAL(failure_of(left.error()).cause,
                    "b.example:4711: there is node 'b'");
}

BOOST_AUTO_TEST_CASE(a_router_is_reached_though_nobody_takes_keys) {
  nobody_takes_keys();
  auto far = spawn_remote_router(sys(), link(), {"b.example", 4711}, links);
  auto joined = ask_now<caf::unit_t>(far, join_atom_v, std::string{"b"});
  advance(1min);
  BOOST_CHECK(joined.ok());
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_link_waits_no_longer_than_its_time) {
  links.connect_timeout = 10s;
  auto far = spawn_remote_router(sys(), link(false), {"b.example", 4711},
                                 links);
  auto pending = ask_now<maybe_connection>(far, caf::open_atom_v,
                                           key_of("b", ab), params_for("admin"),
                                           caf::timespan{1s});
  advance(3s);
  BOOST_REQUIRE(pending.arrived());
  BOOST_CHECK_EQUAL(pending.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(an_unsubscribe_from_a_lost_node_is_remembered) {
  fake_plugin plugin{sys()};
  auto manager = std::make_shared<manager_actor>();
  auto restart = [&] {
    if (*manager)
      caf::anon_send_exit(*manager, caf::exit_reason::kill);
    settle();
    *manager = spawn_manager(sys(), plain());
    ask_now<bool>(*manager, set_factory_atom_v, std::string{"fake"},
                  plugin.factory());
  };
  restart();
  auto names = sys().message_types(*manager);
  names.insert(protocol());
  auto link = sys().spawn(
    [=, node = sys().node()](caf::event_based_actor* self) -> caf::behavior {
      return {[=](caf::connect_atom, const std::string&, uint16_t) {
        auto made = self->make_response_promise<promise>();
        made.deliver(node, caf::actor_cast<caf::strong_actor_ptr>(*manager),
                     names);
        return made;
      }};
    });
  links_made.push_back(link);
  auto far
    = spawn_remote_manager(sys(),
                           caf::actor_cast<caf::io::middleman_actor>(link),
                           {"far.example", 4711}, links);
  auto given_up = std::make_shared<std::vector<lifecycle_event>>();
  auto kept = std::make_shared<std::vector<lifecycle_event>>();
  auto one = listen(sys(), given_up);
  auto other = listen(sys(), kept);
  for (auto& who : {one, other})
    BOOST_REQUIRE(
      ask_now<caf::unit_t>(far, caf::subscribe_atom_v, who, selector{}).ok());
  caf::anon_send_exit(*manager, caf::exit_reason::kill);
  *manager = nullptr;
  settle();
  BOOST_CHECK(ask_now<bool>(far, caf::unsubscribe_atom_v, one).value());
  restart();
  BOOST_REQUIRE(ask_now<maybe_connection>(far, get_or_create_atom_v, r1).ok());
  auto pending = ask_now<maybe_connection>(far, caf::open_atom_v, r1,
                                           params_for("admin"),
                                           caf::timespan{0});
  plugin.last().open_ok();
  settle();
  BOOST_CHECK(pending.ok());
  BOOST_CHECK(!kept->empty());
  BOOST_CHECK(given_up->empty());
  caf::anon_send_exit(*manager, caf::exit_reason::kill);
  caf::anon_send_exit(far, caf::exit_reason::user_shutdown);
  settle();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
