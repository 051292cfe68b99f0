#include "cluster/cluster_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

// Which node has which key, and what becomes of those who wait, in virtual
// time and without a network.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

struct three_nodes : cluster_fixture {
  three_nodes() : cluster_fixture(abc) {
    // nop
  }
};

struct two_of_three : cluster_fixture {
  two_of_three() : cluster_fixture(ab) {
    add("c");
    settle();
  }
};

std::string owner_of(const caf::error& reason) {
  auto details = failure_of(reason).details;
  return details.count("owner") == 0 ? std::string{} : details.at("owner");
}

} // namespace

BOOST_AUTO_TEST_SUITE(router_test)

BOOST_AUTO_TEST_SUITE(hashing)

BOOST_AUTO_TEST_CASE(a_shard_has_an_owner_of_those_that_are_alive) {
  cluster_node a, b, c;
  a.name = "a";
  b.name = "b";
  b.state = node_state::leaving;
  c.name = "c";
  c.weight = 0;
  shard_map map{{a, b, c}};
  for (uint32_t i = 0; i < shard_count; ++i)
    BOOST_REQUIRE_EQUAL(map.owner(i), "a");
  BOOST_CHECK_EQUAL(shard_map{}.owner(0), "");
}

BOOST_AUTO_TEST_CASE(a_node_that_comes_takes_its_share_and_moves_nothing_else) {
  std::vector<cluster_node> nodes(4);
  for (size_t i = 0; i < 4; ++i)
    nodes[i].name = "node" + std::to_string(i);
  shard_map after{nodes};
  nodes.pop_back();
  shard_map before{nodes};
  size_t moved = 0;
  for (uint32_t i = 0; i < shard_count; ++i)
    if (before.owner(i) != after.owner(i)) {
      BOOST_REQUIRE_EQUAL(after.owner(i), "node3");
      ++moved;
    }
  // A quarter, give or take.
  BOOST_CHECK_GT(moved, shard_count / 8);
  BOOST_CHECK_LT(moved, shard_count / 2);
}

BOOST_AUTO_TEST_CASE(a_weight_is_a_share) {
  std::vector<cluster_node> nodes(2);
  nodes[0].name = "light";
  nodes[1].name = "heavy";
  nodes[1].weight = 3;
  shard_map map{nodes};
  size_t heavy = 0;
  for (uint32_t i = 0; i < shard_count; ++i)
    heavy += map.owner(i) == "heavy";
  BOOST_CHECK_GT(heavy, shard_count * 6 / 10);
  BOOST_CHECK_LT(heavy, shard_count * 9 / 10);
}

BOOST_AUTO_TEST_CASE(of_nodes_with_one_name_all_keep_the_same) {
  std::vector<cluster_node> nodes(5);
  nodes[0].name = nodes[1].name = nodes[2].name = nodes[3].name = "a";
  nodes[4].name = "b";
  nodes[0].host = "here";
  nodes[1].host = "there";
  nodes[2].host = "here";
  nodes[2].weight = std::numeric_limits<double>::quiet_NaN();
  nodes[3].host = "here";
  nodes[3].port = 1;
  std::vector<size_t> order{0, 1, 2, 3, 4};
  do {
    std::vector<cluster_node> shown;
    for (auto i : order)
      shown.push_back(nodes[i]);
    keep_one_of_each_name(shown);
    BOOST_REQUIRE_EQUAL(shown.size(), 2u);
    BOOST_REQUIRE_EQUAL(shown[0].host, "here");
    BOOST_REQUIRE_EQUAL(shown[0].port, 0);
    BOOST_REQUIRE(std::isnan(shown[0].weight));
    BOOST_REQUIRE_EQUAL(shown[1].name, "b");
  } while (std::next_permutation(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(keys_are_spread_and_the_same_everywhere) {
  std::map<uint32_t, size_t> count;
  for (size_t i = 0; i < 10000; ++i)
    ++count[shard_of({"router" + std::to_string(i), "ssh"})];
  BOOST_CHECK_GT(count.size(), shard_count * 9 / 10);
  // What another build would say.
  BOOST_CHECK_EQUAL(shard_of({"r1", "ssh"}), shard_of({"r1", "ssh"}));
  BOOST_CHECK_NE(shard_of({"ab", "c"}), shard_of({"a", "bc"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(keys, three_nodes)

BOOST_AUTO_TEST_CASE(any_node_may_be_asked_and_the_owner_has_the_session) {
  for (const auto& owner : abc)
    for (const auto& asked : abc) {
      auto key = key_of(owner, abc);
      auto connection = opened(asked, key);
      BOOST_TEST(sessions(key) == names{owner});
      auto done = execute(connection, "show version");
      (*this)[owner].plugin.last().finish_one();
      settle();
      BOOST_CHECK_EQUAL(done.value().output, "show version");
    }
  BOOST_CHECK_EQUAL(doubles(), 0u);
  BOOST_CHECK_EQUAL((*this)["a"].plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(a_handle_is_the_same_while_it_is_held) {
  auto key = key_of("b", abc);
  auto first = opened("a", key);
  BOOST_CHECK(open("a", key).value() == first);
  auto found = ask_now<maybe_connection>(router_actor{(*this)["a"].router},
                                         caf::get_atom_v, key);
  BOOST_CHECK(found.value() == first);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_made_by_asking_for_it) {
  auto key = key_of("b", abc);
  router_actor router = (*this)["a"].router;
  BOOST_CHECK(!ask_now<maybe_connection>(router, caf::get_atom_v, key).value());
  BOOST_CHECK(
    !ask_now<std::optional<connection_status>>(router, status_atom_v, key)
       .value());
  BOOST_CHECK(!ask_now<bool>(router, caf::close_atom_v, key).value());
  BOOST_CHECK(owners->empty());
}

BOOST_AUTO_TEST_CASE(many_keys_are_opened_at_once_and_answered_in_order) {
  std::vector<open_item> items;
  for (const auto& owner : abc)
    items.push_back({key_of(owner, abc, 7), params_for("admin")});
  auto pending
    = ask_now<std::vector<open_outcome>>(router_actor{(*this)["c"].router},
                                         caf::open_atom_v, items,
                                         caf::timespan{0});
  let_open();
  BOOST_REQUIRE_EQUAL(pending.value().size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    BOOST_CHECK(pending.value()[i].key == items[i].key);
    BOOST_CHECK(pending.value()[i].connection);
    BOOST_TEST(sessions(items[i].key) == names{abc[i]});
  }
}

BOOST_AUTO_TEST_CASE(a_member_refuses_what_is_anothers_and_says_whose_it_is) {
  auto member = ask_now<member_actor>(router_actor{(*this)["a"].router},
                                      local_atom_v)
                  .value();
  auto refused = ask_now<maybe_connection>(member, get_or_create_atom_v,
                                           key_of("b", abc));
  BOOST_CHECK_EQUAL(refused.code(), errc::not_owner);
  BOOST_CHECK_EQUAL(owner_of(refused.error()), "b");
}

BOOST_AUTO_TEST_CASE(a_close_through_any_node_closes_for_all) {
  auto key = key_of("b", abc);
  auto at_a = opened("a", key);
  auto at_c = opened("c", key);
  auto closed = ask_now<bool>(router_actor{(*this)["c"].router},
                              caf::close_atom_v, key);
  let_close();
  BOOST_CHECK(closed.value());
  BOOST_CHECK_EQUAL(execute(at_a, "late").code(), errc::closed);
  BOOST_CHECK_EQUAL(execute(at_c, "late").code(), errc::closed);
  // For good: to ask again is no reason to open again.
  BOOST_CHECK_EQUAL(execute(at_a, "late").code(), errc::closed);
  BOOST_TEST(sessions(key) == names{});
}

BOOST_AUTO_TEST_CASE(callers_of_one_router_are_told_apart_by_the_connection) {
  config.queue_limit = 1;
  auto key = key_of("b", abc);
  auto connection = opened("a", key);
  auto mortal = execute(connection, "mine");
  mortal.kill_caller();
  settle();
  BOOST_CHECK(!mortal.arrived());
  BOOST_CHECK(execute(connection, "next").count() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(inserts, two_of_three)

BOOST_AUTO_TEST_CASE(requests_for_own_keys_take_no_actors_but_those_who_ask) {
  auto key = key_of("a", ab);
  auto connection = opened("a", key);
  auto before = running();
  std::vector<answer<reply>> asked;
  for (int i = 0; i < 10; ++i)
    asked.push_back(execute(connection, "held"));
  BOOST_CHECK_EQUAL(running(), before + 10);
  auto other = key_of("a", ab, 1);
  std::vector<answer<maybe_connection>> opening;
  for (int i = 0; i < 10; ++i)
    opening.push_back(open("a", other));
  // The new connection, what stands for it, and its session.
  BOOST_CHECK_LE(running(), before + 20 + 3);
  let_open();
  for (auto& x : opening)
    BOOST_CHECK(x.ok());
}

BOOST_AUTO_TEST_CASE(what_an_insert_replaces_is_closed_and_answered) {
  router_actor router = (*this)["a"].router;
  auto key = key_of("b", ab);
  auto held = opened("a", key);
  for (auto round = 0; round < 2; ++round) {
    auto before = ask_now<maybe_connection>((*this)["b"].manager,
                                            caf::get_atom_v, key)
                    .value();
    auto replaced = ask_now<maybe_connection>(router, insert_atom_v, key,
                                              (*this)["b"].plugin.make(key));
    let_close();
    auto old = replaced.value().value();
    // Of this node, whatever becomes of the other.
    BOOST_CHECK(old != before);
    BOOST_CHECK_EQUAL(old == held, round == 0);
    BOOST_CHECK_EQUAL(execute(old, "late").code(), errc::closed);
    auto now = opened("a", key);
    BOOST_CHECK(now != old);
    BOOST_TEST(sessions(key) == names{"b"});
  }
}

BOOST_AUTO_TEST_CASE(a_transport_that_nobody_takes_ends) {
  auto session = [this]() -> fake_session& {
    return (*this)["a"].plugin.last();
  };
  router_actor router = (*this)["a"].router;
  auto key = key_of("b", ab);
  // Without a holder it ends by itself.
  std::vector<transport_actor> held;
  auto inserted = [&] {
    held.push_back((*this)["a"].plugin.make(key));
    return ask_now<maybe_connection>(router, insert_atom_v, key, held.back());
  };
  *(*this)["b"].cut = true;
  BOOST_CHECK_EQUAL(inserted().code(), errc::node_lost);
  settle();
  // Who knows whether it was taken?
  BOOST_CHECK(session().alive);
  held.clear();
  settle();
  BOOST_CHECK(!session().alive);
  *(*this)["b"].cut = false;
  (*this)["b"].coordinator->tell(cluster_view{});
  auto refused = inserted();
  BOOST_CHECK(session().alive);
  advance(how.move_timeout);
  BOOST_CHECK_EQUAL(refused.code(), errc::not_owner);
  BOOST_CHECK(!session().alive);
  inserted().kill_caller();
  held.clear();
  settle();
  advance(2s);
  BOOST_CHECK(!session().alive);
}

BOOST_AUTO_TEST_CASE(an_insert_whose_caller_ends_keeps_what_was_taken) {
  auto key = key_of("a", ab);
  opened("a", key);
  auto& old = (*this)["a"].plugin.last();
  auto inserted = ask_now<maybe_connection>(router_actor{(*this)["a"].router},
                                            insert_atom_v, key,
                                            (*this)["a"].plugin.make(key));
  BOOST_REQUIRE(old.wants_close());
  inserted.kill_caller();
  advance(3s);
  let_close();
  auto& fresh = (*this)["a"].plugin.last();
  BOOST_CHECK(&fresh != &old);
  BOOST_CHECK(fresh.alive);
}

BOOST_AUTO_TEST_CASE(what_an_insert_replaces_is_closed_before_its_key_moves) {
  auto key = key_of("c", abc);
  opened("a", key);
  auto had = sessions(key);
  BOOST_REQUIRE_EQUAL(had.size(), 1u);
  auto& old = (*this)[had[0]].plugin.last();
  ask_now<maybe_connection>(router_actor{(*this)["a"].router}, insert_atom_v,
                            key, (*this)[had[0]].plugin.make(key));
  BOOST_REQUIRE(old.wants_close());
  tell_all(abc);
  auto pending = open("a", key);
  advance(1s);
  let_open();
  BOOST_CHECK_EQUAL(doubles(), 0u);
  let_close();
  advance(2s);
  let_open();
  BOOST_CHECK(pending.ok());
  BOOST_TEST(sessions(key) == names{"c"});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(all_nodes, three_nodes)

BOOST_AUTO_TEST_CASE(counters_are_summed_and_told_per_node) {
  for (const auto& owner : abc)
    opened("a", key_of(owner, abc));
  opened("b", key_of("c", abc, 1));
  router_actor router = (*this)["b"].router;
  auto sum = ask_now<counters_snapshot>(router, counters_atom_v).value();
  BOOST_CHECK_EQUAL(sum["fake"].open_calls, 4u);
  auto one = ask_now<std::optional<connection_counters>>(router,
                                                         counters_atom_v,
                                                         std::string{"fake"});
  BOOST_CHECK_EQUAL(one.value()->create_calls, 4u);
  auto nodes = ask_now<std::vector<node_status>>(router, nodes_atom_v).value();
  BOOST_REQUIRE_EQUAL(nodes.size(), 3u);
  BOOST_CHECK_EQUAL(nodes[0].node.name, "a");
  BOOST_CHECK_EQUAL(nodes[2].counters.at("fake").open_calls, 2u);
  BOOST_CHECK_EQUAL(nodes[2].connections, 2u);
  BOOST_CHECK_EQUAL(nodes[2].shards, 2u);
  BOOST_CHECK(nodes[0].node.state == node_state::alive);
}

BOOST_AUTO_TEST_CASE(statuses_of_all_are_in_order_and_say_where) {
  for (const auto& owner : abc)
    opened("a", key_of(owner, abc));
  auto all = ask_now<std::vector<connection_status>>(
               router_actor{(*this)["c"].router}, status_atom_v)
               .value();
  BOOST_REQUIRE_EQUAL(all.size(), 3u);
  for (size_t i = 0; i < 3; ++i)
    BOOST_TEST(sessions(all[i].key) == names{all[i].node});
  BOOST_CHECK(all[0].key < all[1].key && all[1].key < all[2].key);
}

BOOST_AUTO_TEST_CASE(a_node_that_cannot_be_reached_is_lost_to_those_who_ask) {
  *(*this)["b"].cut = true;
  auto nodes = ask_now<std::vector<node_status>>(
                 router_actor{(*this)["a"].router}, nodes_atom_v)
                 .value();
  BOOST_REQUIRE_EQUAL(nodes.size(), 3u);
  BOOST_CHECK(nodes[1].node.state == node_state::lost);
  BOOST_CHECK_EQUAL(code_of(nodes[1].reason), errc::node_lost);
  BOOST_CHECK_EQUAL(nodes[1].node.host, "b.example");
}

BOOST_AUTO_TEST_CASE(an_order_reaches_the_connections_of_all_nodes) {
  std::vector<connection_actor> connections;
  for (const auto& owner : abc)
    connections.push_back(opened("a", key_of(owner, abc)));
  auto told = ask_now<uint64_t>(router_actor{(*this)["b"].router},
                                operate_atom_v, operation::pause, selector{},
                                caf::timespan{0});
  BOOST_CHECK_EQUAL(told.value(), 3u);
  for (auto& connection : connections)
    BOOST_CHECK(
      ask_now<connection_status>(connection, status_atom_v).value().held
      == hold::paused);
}

BOOST_AUTO_TEST_CASE(events_of_all_nodes_come_with_the_node) {
  auto heard = std::make_shared<std::vector<lifecycle_event>>();
  listener_actor listener = sys().spawn(
    [heard](listener_actor::pointer) -> listener_actor::behavior_type {
      return {[heard](const lifecycle_event& x) { heard->push_back(x); }};
    });
  router_actor router = (*this)["a"].router;
  ask_now<caf::unit_t>(router, caf::subscribe_atom_v, listener, selector{});
  opened("b", key_of("c", abc));
  opened("b", key_of("a", abc));
  std::set<std::string> nodes;
  for (auto& x : *heard)
    if (x.what == event_kind::opened)
      nodes.insert(x.node);
  BOOST_TEST(nodes == (std::set<std::string>{"a", "c"}));
  BOOST_CHECK(ask_now<bool>(router, caf::unsubscribe_atom_v, listener).value());
  auto before = heard->size();
  opened("b", key_of("b", abc));
  BOOST_CHECK_EQUAL(heard->size(), before);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_shown_twice_is_there_once) {
  cluster_view view;
  view.may_own = true;
  for (const auto& name : abc)
    view.nodes.push_back((*this)[name].what);
  view.nodes.push_back((*this)["b"].what);
  view.nodes.back().host = "another.example";
  for (auto round = 0; round < 2; ++round) {
    (*this)["a"].coordinator->tell(view);
    settle();
    auto nodes = ask_now<std::vector<node_status>>(
                   router_actor{(*this)["a"].router}, nodes_atom_v)
                   .value();
    BOOST_REQUIRE_EQUAL(nodes.size(), 3u);
    auto key = key_of("b", abc, static_cast<size_t>(round));
    opened("a", key);
    BOOST_TEST(sessions(key) == names{"b"});
    // In doubt the same, so that links stay what they are.
    *(*this)["b"].cut = true;
    nodes = ask_now<std::vector<node_status>>(router_actor{(*this)["a"].router},
                                              nodes_atom_v)
              .value();
    BOOST_CHECK_EQUAL(nodes[1].node.host, "another.example");
    *(*this)["b"].cut = false;
    std::reverse(view.nodes.begin(), view.nodes.end());
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_hangs_cannot_leave_or_join) {
  (*this)["b"].hangs = true;
  router_actor router = (*this)["a"].router;
  auto left = ask_now<caf::unit_t>(router, leave_atom_v, std::string{"b"},
                                   caf::timespan{5s});
  auto left_later = ask_now<caf::unit_t>(router, leave_atom_v, std::string{"b"},
                                         caf::timespan{0});
  auto joined = ask_now<caf::unit_t>(router, join_atom_v, std::string{"b"});
  advance(how.move_timeout + 2s);
  BOOST_CHECK_EQUAL(joined.code(), errc::timeout);
  // It may still be closing: that may take 10 min.
  BOOST_CHECK(!left.arrived());
  advance(10min);
  BOOST_CHECK_EQUAL(left.code(), errc::timeout);
  advance(how.hand_over_timeout);
  BOOST_CHECK_EQUAL(left_later.code(), errc::timeout);
}

BOOST_AUTO_TEST_CASE(a_node_that_nobody_knows_cannot_leave) {
  auto left = ask_now<caf::unit_t>(router_actor{(*this)["a"].router},
                                   leave_atom_v, std::string{"z"},
                                   caf::timespan{0});
  BOOST_CHECK_EQUAL(left.code(), errc::invalid_request);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(moving, two_of_three)

BOOST_AUTO_TEST_CASE(a_node_that_joins_gets_its_keys_when_their_work_is_done) {
  auto key = key_of("c", abc);
  auto connection = opened("a", key);
  auto before = sessions(key);
  BOOST_REQUIRE_EQUAL(before.size(), 1u);
  auto& old = (*this)[before[0]].plugin.last();
  auto running = execute(connection, "running");
  tell_all(abc);
  // Asked for while the old one still works: waits for the new one.
  auto next = execute(connection, "next");
  auto again = open("c", key);
  BOOST_CHECK(!next.arrived());
  BOOST_CHECK(!again.arrived());
  BOOST_TEST(sessions(key) == before);
  old.finish_one();
  settle();
  BOOST_CHECK_EQUAL(running.value().output, "running");
  let_close();
  advance(1s);
  let_open();
  BOOST_TEST(sessions(key) == names{"c"});
  BOOST_CHECK(again.ok());
  (*this)["c"].plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(next.value().output, "next");
  BOOST_CHECK((*this)["c"].plugin.last().params->username == "admin");
}

BOOST_AUTO_TEST_CASE(an_idle_handle_finds_its_key_with_the_new_owner) {
  auto key = key_of("c", abc);
  auto connection = opened("b", key);
  tell_all(abc);
  let_close();
  BOOST_TEST(sessions(key) == names{});
  auto done = execute(connection, "anew");
  let_open();
  BOOST_TEST(sessions(key) == names{"c"});
  (*this)["c"].plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(done.value().output, "anew");
}

BOOST_AUTO_TEST_CASE(a_request_for_a_key_is_run_by_its_owner) {
  tell_all(abc);
  auto key = key_of("c", abc);
  request what;
  what.body = "show version";
  auto done = ask_now<reply>((*this)["a"].router, execute_atom_v, key,
                             connection_params{}, what);
  let_open();
  BOOST_TEST(sessions(key) == names{"c"});
  (*this)["c"].plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(done.value().output, "show version");
  auto nobody = ask_now<reply>((*this)["a"].router, execute_atom_v,
                               connection_key{"r1", "no such plugin"},
                               connection_params{}, what);
  BOOST_CHECK_EQUAL(nobody.code(), errc::factory_not_set);
}

BOOST_AUTO_TEST_CASE(a_request_is_canceled_wherever_it_is) {
  tell_all(abc);
  auto key = key_of("c", abc);
  request what;
  what.body = "for ever";
  what.tag = "backup";
  auto run = [&] {
    return ask_now<reply>((*this)["a"].router, execute_atom_v, key,
                          connection_params{}, what);
  };
  auto opens = run();
  BOOST_TEST(ask_now<uint64_t>((*this)["a"].router, cancel_atom_v, key,
                               std::string{"backup"})
               .value()
             == 1u);
  BOOST_CHECK_EQUAL(opens.code(), errc::canceled);
  auto first = run();
  let_open();
  auto& session = (*this)["c"].plugin.last();
  BOOST_TEST(session.work() == 1u);
  // By any node.
  BOOST_TEST(
    ask_now<uint64_t>((*this)["b"].router, cancel_atom_v, std::string{"backup"})
      .value()
    == 1u);
  BOOST_CHECK_EQUAL(first.code(), errc::canceled);
  auto second = run();
  BOOST_TEST(session.work() == 1u);
  second.kill_caller();
  settle();
  BOOST_TEST(session.work() == 0u);
}

BOOST_AUTO_TEST_CASE(work_that_takes_too_long_is_lost_with_the_move) {
  auto key = key_of("c", abc);
  auto connection = opened("a", key);
  auto running = execute(connection, "for ever", 10min);
  tell_all(abc);
  advance(how.hand_over_timeout - 1s);
  BOOST_CHECK(!running.arrived());
  advance(2s + config.close_timeout);
  BOOST_CHECK_EQUAL(running.code(), errc::connection_lost);
  BOOST_TEST(sessions(key) == names{});
}

BOOST_AUTO_TEST_CASE(an_open_in_flight_moves) {
  auto key = key_of("c", abc);
  auto pending = open("a", key);
  tell_all(abc);
  // It was accepted, so it may succeed where it is.
  let_open();
  let_close();
  advance(1s);
  BOOST_CHECK(pending.ok());
  auto done = execute(pending.value().value(), "there");
  let_open();
  BOOST_TEST(sessions(key) == names{"c"});
  (*this)["c"].plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(done.value().output, "there");
}

BOOST_AUTO_TEST_CASE(keys_that_stay_are_left_alone) {
  auto key = key_of("a", abc);
  opened("b", key);
  BOOST_TEST(sessions(key) == names{"a"});
  tell_all(abc);
  BOOST_TEST(sessions(key) == names{"a"});
  BOOST_CHECK_EQUAL((*this)["a"].plugin.sessions().size(), 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_leaves_hands_over_and_takes_nothing) {
  tell_all(abc);
  auto key = key_of("c", abc);
  auto connection = opened("a", key);
  auto running = execute(connection, "running");
  auto left = ask_now<caf::unit_t>(router_actor{(*this)["a"].router},
                                   leave_atom_v, std::string{"c"},
                                   caf::timespan{0});
  BOOST_CHECK(!left.arrived());
  BOOST_CHECK((*this)["c"].coordinator->announced().state
              == node_state::leaving);
  tell_all(abc); // as c announces itself now
  (*this)["c"].plugin.last().finish_one();
  settle();
  let_close();
  BOOST_CHECK(running.ok());
  BOOST_CHECK(left.ok());
  for (auto& [shard, owner] : *owners)
    BOOST_CHECK_NE(owner, "c");
  auto next = execute(connection, "next");
  advance(1s);
  let_open();
  auto now = sessions(key);
  BOOST_REQUIRE_EQUAL(now.size(), 1u);
  BOOST_CHECK_NE(now[0], "c");
  (*this)[now[0]].plugin.last().finish_one();
  settle();
  BOOST_CHECK_EQUAL(next.value().output, "next");
  // And back.
  ask_now<caf::unit_t>(router_actor{(*this)["a"].router}, join_atom_v,
                       std::string{"c"});
  tell_all(abc);
  let_close();
  advance(1s);
  execute(connection, "back");
  let_open();
  BOOST_TEST(sessions(key) == names{"c"});
}

BOOST_AUTO_TEST_CASE(an_operators_drain_is_not_taken_for_a_move) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  auto drained = ask_now<uint64_t>(router_actor{(*this)["a"].router},
                                   operate_atom_v, operation::drain, selector{},
                                   caf::timespan{0});
  let_close();
  BOOST_CHECK_EQUAL(drained.value(), 1u);
  BOOST_CHECK_EQUAL(execute(connection, "now").code(), errc::draining);
  ask_now<uint64_t>(router_actor{(*this)["a"].router}, operate_atom_v,
                    operation::resume, selector{}, caf::timespan{0});
  auto done = execute(connection, "later");
  let_open();
  (*this)["b"].plugin.last().finish_one();
  settle();
  BOOST_CHECK(done.ok());
}

BOOST_AUTO_TEST_CASE(to_look_at_a_connection_that_has_moved_opens_nothing) {
  auto key = key_of("c", abc);
  auto connection = opened("a", key);
  tell_all(abc);
  let_close();
  execute(connection, "follow").kill_caller();
  settle();
  let_open();
  BOOST_TEST(sessions(key) == names{"c"});
  auto status = ask_now<connection_status>(connection, status_atom_v);
  BOOST_CHECK_EQUAL(status.value().node, "c");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(single_ownership, two_of_three)

BOOST_AUTO_TEST_CASE(nodes_that_disagree_do_not_both_have_a_session) {
  auto key = key_of("c", abc);
  auto first = opened("a", key);
  auto had = sessions(key);
  // Only c knows that it is in.
  tell({"c"}, abc);
  auto pending = open("c", key);
  BOOST_CHECK(!pending.arrived());
  // Who has it is asked when it does not give it up.
  advance(5s);
  BOOST_CHECK(pending.ok());
  BOOST_TEST(sessions(key) == had);
  BOOST_CHECK_EQUAL(doubles(), 0u);
}

BOOST_AUTO_TEST_CASE(a_node_whose_lease_ends_closes_all_before_it_says_so) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  auto running = execute(connection, "running");
  cluster_view lost;
  lost.may_own = false;
  (*this)["b"].coordinator->tell(lost);
  settle();
  BOOST_CHECK(!(*this)["b"].coordinator->acted());
  BOOST_CHECK(!owners->empty());
  // It gets the close-timeout, no more.
  advance(config.close_timeout + 1s);
  let_close();
  advance(config.close_timeout + 1s);
  BOOST_CHECK((*this)["b"].coordinator->acted());
  BOOST_TEST(sessions(key) == names{});
  BOOST_CHECK_EQUAL(running.code(), errc::connection_lost);
  BOOST_CHECK(owners->empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_made_while_a_node_may_own_nothing) {
  cluster_view lost;
  (*this)["b"].coordinator->tell(lost);
  settle();
  auto key = key_of("b", ab);
  auto pending = open("a", key, 20s);
  advance(5s);
  BOOST_CHECK(!pending.arrived());
  BOOST_CHECK((*this)["b"].plugin.sessions().empty());
  // It gets its lease back in time.
  tell({"b"}, ab);
  advance(2s);
  let_open();
  BOOST_CHECK(pending.ok());
  BOOST_TEST(sessions(key) == names{"b"});
}

BOOST_AUTO_TEST_CASE(keys_of_a_dead_node_wait_for_the_end_of_its_lease) {
  auto key = key_of("b", ab);
  auto connection = opened("a", key);
  *(*this)["b"].cut = true;
  tell({"a"}, {"a"}); // etcd still has its shards
  auto pending = open("a", key);
  advance(20s);
  BOOST_CHECK(!pending.arrived());
  owners->clear();
  // The longest wait is a second, and a fifth.
  advance(2s);
  let_open();
  BOOST_CHECK(pending.ok());
  BOOST_TEST((*this)["a"].plugin.sessions().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(written_down)

BOOST_AUTO_TEST_CASE(keys_of_a_lost_node_go_to_others_on_next_use_and_back) {
  cluster_fixture fixture{abc, true};
  auto key = fixture.key_of("b", abc);
  auto connection = fixture.opened("a", key);
  BOOST_TEST(fixture.sessions(key) == names{"b"});
  *fixture["b"].cut = true;
  auto done = fixture.open("a", key);
  fixture.advance(5s);
  fixture.let_open();
  BOOST_CHECK(done.ok());
  auto now = fixture.sessions(key);
  // The lost one still has its own: nobody could tell it.
  BOOST_CHECK_EQUAL(now.size(), 2u);
  *fixture["b"].cut = false;
  fixture.advance(5s);
  fixture.let_close();
  fixture.advance(1s);
  BOOST_TEST(fixture.sessions(key) == names{"b"});
}

BOOST_AUTO_TEST_CASE(who_is_called_first_waits_until_all_have_been_heard_of) {
  cluster_fixture fixture{abc, true};
  auto nodes = fixture
                 .ask_now<std::vector<node_status>>(
                   router_actor{fixture["a"].router}, nodes_atom_v)
                 .value();
  BOOST_CHECK_EQUAL(nodes.size(), 3u);
}

BOOST_AUTO_TEST_CASE(all_that_leave_leave_nobody_who_takes_keys) {
  cluster_fixture fixture{abc, true};
  for (const auto& name : abc)
    fixture.ask_now<caf::unit_t>(router_actor{fixture["a"].router},
                                 leave_atom_v, name, caf::timespan{0});
  fixture.advance(5s);
  auto refused = fixture.open("a", fixture.key_of("a", abc), 3s);
  fixture.advance(4s);
  BOOST_CHECK_EQUAL(refused.code(), errc::node_lost);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
