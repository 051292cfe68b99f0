#include "cluster/cluster_fixture.hpp"

#include <boost/test/unit_test.hpp>

// What a node does with its shards when its coordinator, its manager or its
// sessions fail; in virtual time and without a network.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

caf::error etcd_is_gone() {
  return make_error(errc::refused, {{}, step::connect, "etcd is gone"});
}

struct two_nodes : cluster_fixture {
  two_nodes() : cluster_fixture(ab) {
    // nop
  }

  fake_coordinator& coordinator(const std::string& name) {
    return *(*this)[name].coordinator;
  }

  std::string owner_of(const connection_key& key) const {
    auto i = owners->find(shard_of(key));
    return i == owners->end() ? "nobody" : i->second;
  }

  answer<caf::unit_t> leave(const std::string& name) {
    return ask_now<caf::unit_t>((*this)[name].router, leave_atom_v, name,
                                caf::timespan{30s});
  }

  connection_key key = key_of("a", ab);
};

} // namespace

BOOST_AUTO_TEST_SUITE(member_test)

BOOST_FIXTURE_TEST_SUITE(cluster_member_tests, two_nodes)

BOOST_AUTO_TEST_CASE(a_release_that_failed_is_repeated) {
  opened("a", key);
  coordinator("a").fail(etcd_is_gone());
  auto left = leave("a");
  let_close();
  advance(5s);
  BOOST_CHECK(!left.arrived());
  BOOST_CHECK_EQUAL(owner_of(key), "a");
  coordinator("a").fail({});
  advance(1s);
  BOOST_CHECK(left.ok());
  BOOST_CHECK_EQUAL(owner_of(key), "nobody");
}

BOOST_AUTO_TEST_CASE(a_claim_whose_answer_was_lost_is_released) {
  coordinator("a").fail(etcd_is_gone());
  auto late = open("a", key, 1s);
  advance(2s);
  BOOST_CHECK(late.arrived() && !late.ok());
  BOOST_CHECK_EQUAL(owner_of(key), "a");
  coordinator("a").fail({});
  tell_all({"b"});
  advance(1s);
  BOOST_CHECK_EQUAL(owner_of(key), "nobody");
}

BOOST_AUTO_TEST_CASE(a_claim_whose_answer_was_lost_is_made_again) {
  coordinator("a").fail(etcd_is_gone());
  auto opening = open("a", key, 10s);
  advance(2s);
  BOOST_CHECK(!opening.arrived());
  coordinator("a").fail({});
  advance(2s);
  let_open();
  BOOST_CHECK(opening.ok());
}

BOOST_AUTO_TEST_CASE(trouble_with_the_coordinator_is_none_with_the_device) {
  coordinator("a").fail(etcd_is_gone());
  auto late = open("a", key, 1s);
  advance(2s);
  BOOST_REQUIRE(late.arrived() && !late.ok());
  BOOST_CHECK_EQUAL(late.code(), errc::not_owner);
  BOOST_CHECK(describe(late.error()).find("etcd is gone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_in_the_way_of_a_node_is_told_to_all_who_ask) {
  cluster_view lost;
  coordinator("a").tell_trouble(etcd_is_gone());
  coordinator("a").tell(lost);
  settle();
  auto late = open("a", key, 1s);
  advance(2s);
  BOOST_REQUIRE(late.arrived() && !late.ok());
  BOOST_CHECK(describe(late.error()).find("etcd is gone") != std::string::npos);
  // Nobody else has it.
  BOOST_CHECK(describe(late.error()).find("another") == std::string::npos);
  auto all = ask_now<std::vector<node_status>>((*this)["b"].router,
                                               nodes_atom_v);
  BOOST_REQUIRE(all.ok());
  BOOST_CHECK_EQUAL(code_of(all.value().front().reason), errc::refused);
  BOOST_CHECK(!all.value().back().reason);
}

BOOST_AUTO_TEST_CASE(a_close_that_hangs_is_cut_off_before_the_lease_ends) {
  opened("a", key);
  coordinator("a").tell(cluster_view{});
  settle();
  BOOST_CHECK(!coordinator("a").acted());
  BOOST_TEST(sessions(key) == names{"a"});
  advance(how.close_before / 2);
  BOOST_CHECK(coordinator("a").acted());
  BOOST_TEST(sessions(key) == names{});
}

BOOST_AUTO_TEST_CASE(the_end_of_the_manager_is_the_end_of_its_node) {
  caf::error end;
  (*this)["a"].router->attach_functor([&](const caf::error& x) { end = x; });
  opened("b", key);
  caf::anon_send_exit((*this)["a"].manager, caf::exit_reason::user_shutdown);
  settle();
  let_close();
  advance(2s);
  BOOST_CHECK_EQUAL(code_of(end), errc::node_lost);
  BOOST_CHECK_EQUAL(owner_of(key), "nobody");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
