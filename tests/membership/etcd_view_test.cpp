#include "membership/etcd_fixture.hpp"

#include <tieline/actors/cluster/membership/node_entry.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(etcd_view_test)

BOOST_AUTO_TEST_CASE(nodes_come_change_and_go) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto a = fixture.spawn("a", short_leases(etcd.url()));
  view_log log{fixture.system()};
  log.listen_to(fixture, a);
  BOOST_CHECK(log.told(false));
  auto b = fixture.join("b", short_leases(etcd.url()));
  // Who has not been put sees others, but is not there.
  BOOST_CHECK(log.shown("b "));
  auto got = fixture.acquire(a, 5);
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::not_owner);
  BOOST_CHECK(!log.last().may_own);
  required(fixture.put(a, node_of("a", 2)));
  BOOST_CHECK(log.shown("a b "));
  BOOST_CHECK(log.told(true));
  BOOST_CHECK(log.last().nodes.front() == node_of("a", 2));
  auto changed = node_of("b", 3);
  changed.state = node_state::leaving;
  required(fixture.put(b, changed));
  BOOST_CHECK(eventually([&] { return log.last().nodes.back() == changed; }));
  fixture.end(b);
  BOOST_CHECK(log.shown("a "));
  auto c = fixture.join("c", short_leases(etcd.url()));
  BOOST_CHECK(log.shown("a c "));
  fixture.crash(c);
  BOOST_CHECK(log.shown("a "));
  // All the while it was there.
  auto views = log.views();
  for (auto& x : views)
    if (x.may_own)
      BOOST_CHECK(std::any_of(x.nodes.begin(), x.nodes.end(),
                              [](auto& n) { return n.name == "a"; }));
}

BOOST_AUTO_TEST_CASE(a_probe_looks_at_once) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto how = short_leases(etcd.url());
  how.look_interval = 1h;
  auto a = fixture.join("a", how);
  view_log log{fixture.system()};
  log.listen_to(fixture, a);
  BOOST_CHECK(log.shown("a "));
  auto b = fixture.join("b", short_leases(etcd.url()));
  required(take<void>(fixture.begin<void>(a, probe_atom_v)));
  BOOST_CHECK(log.shown("a b "));
}

BOOST_AUTO_TEST_CASE(what_etcd_answers_and_since_when_is_in_the_view) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto how = short_leases(etcd.url());
  how.lease = 60s;
  auto a = fixture.join("a", how);
  view_log log{fixture.system()};
  log.listen_to(fixture, a);
  BOOST_REQUIRE(log.told(true));
  BOOST_CHECK(!log.trouble());
  etcd.kill();
  BOOST_CHECK(eventually([&] { return bool(log.trouble()); }));
  // It may own what it has until its lease ends.
  BOOST_CHECK(log.last().may_own);
  auto words = describe(log.trouble());
  BOOST_TEST_MESSAGE(words);
  BOOST_CHECK(words.find("has not answered since 20") != std::string::npos);
  BOOST_CHECK(words.find(std::to_string(etcd.port())) != std::string::npos);
  etcd.start_again();
  BOOST_CHECK(eventually([&] { return !log.trouble(); }));
}

BOOST_AUTO_TEST_CASE(a_slow_listener_is_told_the_newest_only) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto a = fixture.join("a", short_leases(etcd.url()));
  view_log slow{fixture.system(), false};
  slow.listen_to(fixture, a);
  BOOST_REQUIRE(eventually([&] { return slow.views().size() == 1; }));
  auto b = fixture.join("b", short_leases(etcd.url()));
  auto c = fixture.join("c", short_leases(etcd.url()));
  fixture.end(b);
  // An observer says when all of that was seen by `a`.
  BOOST_REQUIRE(eventually([&] { return !etcd.find("/tieline/nodes/b"); }));
  required(take<void>(fixture.begin<void>(a, probe_atom_v)));
  BOOST_CHECK_EQUAL(slow.views().size(), 1u);
  slow.release();
  BOOST_CHECK(slow.shown("a c "));
}

BOOST_AUTO_TEST_CASE(a_second_listener_replaces_the_first) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto a = fixture.join("a", short_leases(etcd.url()));
  view_log first{fixture.system()};
  view_log second{fixture.system()};
  first.listen_to(fixture, a);
  BOOST_CHECK(first.shown("a "));
  second.listen_to(fixture, a);
  auto b = fixture.join("b", short_leases(etcd.url()));
  BOOST_CHECK(second.shown("a b "));
  BOOST_CHECK_EQUAL(first.names(), "a ");
}

BOOST_AUTO_TEST_CASE(nodes_of_another_protocol_are_left_out) {
  etcd_server etcd;
  etcd_fixture fixture;
  etcd.put("/tieline/nodes/newer", R"({"protocol":2,"name":"newer"})");
  etcd.put("/tieline/nodes/trash", "no JSON");
  etcd.put("/tieline/nodes/liar", print_node_entry(node_of("a")));
  auto a = fixture.join("a", short_leases(etcd.url()));
  view_log log{fixture.system()};
  log.listen_to(fixture, a);
  BOOST_CHECK(log.told(true));
  BOOST_CHECK_EQUAL(log.names(), "a ");
}

BOOST_AUTO_TEST_CASE(clusters_with_other_prefixes_do_not_meet) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto how = short_leases(etcd.url());
  how.etcd_prefix = "/tieline/other";
  auto a = fixture.join("a", short_leases(etcd.url()));
  auto other = fixture.join("a", how);
  BOOST_CHECK_EQUAL(required(fixture.acquire(a, 5)), "a");
  BOOST_CHECK(etcd.find("/tieline/other/nodes/a"));
  BOOST_CHECK_EQUAL(required(fixture.owner(other, 5)), "");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_refused_until_it_is_free) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto first = fixture.join("a", short_leases(etcd.url()));
  auto second = fixture.spawn("a", short_leases(etcd.url()));
  view_log log{fixture.system()};
  log.listen_to(fixture, second);
  const std::string why
    = "another node is registered as 'a', at 127.0.0.1:4711";
  auto put = fixture.put(second, node_of("a"));
  BOOST_REQUIRE(!put);
  BOOST_CHECK_EQUAL(code_of(put.error()), errc::not_owner);
  BOOST_CHECK_EQUAL(cause_of(put), why);
  auto got = fixture.acquire(second, 5);
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::not_owner);
  BOOST_CHECK(cause_of(got).find(why) != std::string::npos);
  BOOST_CHECK(!log.last().may_own);
  BOOST_CHECK_EQUAL(required(fixture.acquire(first, 5)), "a");
  fixture.end(first);
  BOOST_CHECK(log.told(true));
  BOOST_CHECK_EQUAL(required(fixture.acquire(second, 5)), "a");
}

BOOST_AUTO_TEST_CASE(an_entry_that_was_deleted_is_made_again) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto a = fixture.join("a", short_leases(etcd.url()));
  etcd.remove("/tieline/nodes/a");
  BOOST_CHECK(eventually([&] {
    auto found = etcd.find("/tieline/nodes/a");
    return found && found->lease != 0;
  }));
}

BOOST_AUTO_TEST_CASE(only_this_node_can_be_put) {
  etcd_server etcd;
  etcd_fixture fixture;
  auto a = fixture.spawn("a", short_leases(etcd.url()));
  auto got = fixture.put(a, node_of("b"));
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::invalid_params);
}

BOOST_AUTO_TEST_CASE(a_coordinator_of_wrong_settings_is_not_made) {
  etcd_fixture fixture;
  auto how = short_leases("http://127.0.0.1");
  BOOST_CHECK_THROW(fixture.spawn("", how), std::invalid_argument);
  BOOST_CHECK_THROW(fixture.spawn("a/b", how), std::invalid_argument);
  how.lease = 1s;
  BOOST_CHECK_THROW(fixture.spawn("a", how), std::invalid_argument);
  BOOST_CHECK_THROW(fixture.spawn("a", {}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
