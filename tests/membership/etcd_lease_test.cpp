#include "http/wire_server.hpp"
#include "membership/etcd_fixture.hpp"

#include <tieline/actors/cluster/membership/lease_clock.hpp>
#include <tieline/messages/internal/coordinator.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <sstream>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

/// Returns settings whose lease leaves a slow machine the time to look at it.
cluster_settings long_lease(const std::string& url) {
  auto result = short_leases(url);
  result.lease = 12s;
  result.close_before = 8s;
  result.renew_interval = 1s;
  return result;
}

bool becomes_owner(etcd_fixture& nodes, const coordinator_actor& whom,
                   uint32_t n, const std::string& name) {
  return eventually([&] {
    auto got = nodes.acquire(whom, n);
    return got && *got == name;
  });
}

size_t count_of(const view_log& log, bool may_own) {
  auto all = log.views();
  return static_cast<size_t>(
    std::count_if(all.begin(), all.end(),
                  [may_own](auto& x) { return x.may_own == may_own; }));
}

struct fixture {
  /// Spawns a node whose lease is short.
  coordinator_actor join(const std::string& name) {
    return nodes.join(name, short_leases(etcd.url()));
  }

  etcd_server etcd;
  etcd_fixture nodes;
};

/// A node that has shard 5, and one who is told of its views.
struct owner : fixture {
  explicit owner(cluster_settings (*settings)(const std::string& url))
    : a(nodes.join("a", settings(etcd.url()))) {
    log.listen_to(nodes, a);
    BOOST_REQUIRE(log.told(true));
    BOOST_CHECK_EQUAL(required(nodes.acquire(a, 5)), "a");
  }

  coordinator_actor a;
  view_log log{nodes.system()};
};

struct owner_for_short : owner {
  owner_for_short() : owner(short_leases) {
    // nop
  }
};

struct owner_for_long : owner {
  owner_for_long() : owner(long_lease) {
    // nop
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(etcd_lease_test)

BOOST_FIXTURE_TEST_CASE(what_a_dead_node_had_is_free_when_its_lease_ends,
                        fixture) {
  auto a = join("a");
  auto b = join("b");
  BOOST_CHECK_EQUAL(required(nodes.acquire(a, 5)), "a");
  nodes.crash(a);
  // There was no time yet for its lease to end.
  BOOST_CHECK(etcd.find("/tieline/shards/5"));
  BOOST_CHECK(becomes_owner(nodes, b, 5, "b"));
  BOOST_CHECK(!etcd.find("/tieline/nodes/a"));
}

BOOST_FIXTURE_TEST_CASE(
  a_node_that_was_killed_comes_back_when_its_lease_has_ended, fixture) {
  auto a = join("a");
  BOOST_CHECK_EQUAL(required(nodes.acquire(a, 5)), "a");
  auto old = etcd.find("/tieline/nodes/a").value().lease;
  nodes.crash(a);
  auto again = join("a");
  BOOST_CHECK_EQUAL(required(nodes.acquire(again, 5)), "a");
  BOOST_CHECK(etcd.find("/tieline/nodes/a").value().lease != old);
}

BOOST_FIXTURE_TEST_CASE(an_end_gives_all_back_at_once, fixture) {
  auto a = join("a");
  BOOST_CHECK_EQUAL(required(nodes.acquire(a, 5)), "a");
  nodes.end(a);
  BOOST_CHECK(!etcd.find("/tieline/nodes/a"));
  BOOST_CHECK(!etcd.find("/tieline/shards/5"));
}

BOOST_FIXTURE_TEST_CASE(an_end_does_not_wait_for_an_etcd_that_is_gone,
                        fixture) {
  auto a = join("a");
  auto b = join("b");
  etcd.stop();
  BOOST_CHECK_NO_THROW(nodes.end(a));
  etcd.kill();
  BOOST_CHECK_NO_THROW(nodes.end(b));
}

BOOST_FIXTURE_TEST_CASE(what_waits_at_the_end_is_answered, fixture) {
  auto a = join("a");
  auto b = nodes.spawn("b", short_leases(etcd.url()));
  etcd.stop();
  auto name = nodes.begin<std::string>(a, acquire_atom_v, 5u);
  auto owner = nodes.begin<std::string>(a, caf::get_atom_v, 5u);
  auto put = nodes.begin<void>(b, put_atom_v, node_of("b"));
  nodes.end(a);
  nodes.end(b);
  auto got = take<std::string>(std::move(name));
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::closed);
  BOOST_CHECK(!take<std::string>(std::move(owner)));
  BOOST_CHECK(!take<void>(std::move(put)));
}

BOOST_FIXTURE_TEST_CASE(a_lease_is_kept_while_etcd_restarts, fixture) {
  std::atomic<int> renewals{0};
  wire_server proxy{[&](wire& peer, int) {
    peer.relay_to(etcd.port(), [&](bool from_peer, std::string_view bytes) {
      if (!from_peer && bytes.find("\"result\"") != std::string_view::npos)
        ++renewals;
      return true;
    });
  }};
  auto how = short_leases("http://127.0.0.1:" + std::to_string(proxy.port()));
  how.lease = 60s;
  auto a = nodes.join("a", how);
  view_log log{nodes.system()};
  log.listen_to(nodes, a);
  BOOST_REQUIRE(log.told(true));
  BOOST_CHECK_EQUAL(required(nodes.acquire(a, 5)), "a");
  BOOST_CHECK(eventually([&] { return renewals > 0; }));
  auto lease = etcd.find("/tieline/nodes/a").value().lease;
  etcd.start_again();
  int before = renewals;
  BOOST_CHECK(eventually([&] { return renewals >= before + 3; }));
  BOOST_CHECK_EQUAL(required(nodes.acquire(a, 5)), "a");
  BOOST_CHECK_EQUAL(etcd.find("/tieline/nodes/a").value().lease, lease);
  BOOST_CHECK_EQUAL(etcd.find("/tieline/shards/5").value().lease, lease);
  auto views = log.views();
  auto first = std::find_if(views.begin(), views.end(),
                            [](auto& x) { return x.may_own; });
  BOOST_CHECK(
    std::all_of(first, views.end(), [](auto& x) { return x.may_own; }));
}

BOOST_FIXTURE_TEST_CASE(a_node_without_etcd_closes_before_its_lease_ends,
                        owner_for_long) {
  auto old = etcd.find("/tieline/shards/5").value();
  log.hold();
  etcd.stop();
  BOOST_REQUIRE(log.told(false));
  auto got = nodes.acquire(a, 5);
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::not_owner);
  BOOST_TEST_MESSAGE(describe(got.error()));
  etcd.resume();
  // Nobody else could have had it meanwhile.
  BOOST_CHECK(etcd.find("/tieline/shards/5").value().create_revision
              == old.create_revision);
  BOOST_CHECK_EQUAL(etcd.find("/tieline/nodes/a").value().lease, old.lease);
  // Nor can anybody until all is closed: the lease is still renewed.
  auto b = join("b");
  BOOST_CHECK_EQUAL(required(nodes.acquire(b, 5)), "a");
  BOOST_CHECK(!nodes.acquire(a, 5));
  log.release();
  BOOST_CHECK(log.told(true));
  BOOST_CHECK(etcd.find("/tieline/nodes/a").value().lease != old.lease);
  BOOST_CHECK_EQUAL(required(nodes.acquire(b, 5)), "b");
  BOOST_CHECK_EQUAL(required(nodes.acquire(a, 5)), "b");
}

BOOST_FIXTURE_TEST_CASE(a_lease_that_etcd_has_ended_is_noticed,
                        owner_for_short) {
  auto before = count_of(log, false);
  auto old = etcd.find("/tieline/nodes/a").value().lease;
  etcd.post("/v3/lease/revoke", etcd::by_id(old));
  BOOST_CHECK(eventually([&] { return count_of(log, false) > before; }));
  BOOST_CHECK(log.told(true));
  BOOST_CHECK(etcd.find("/tieline/nodes/a").value().lease != old);
  BOOST_CHECK(becomes_owner(nodes, a, 5, "a"));
}

BOOST_FIXTURE_TEST_CASE(a_claim_notices_that_the_lease_is_gone, fixture) {
  // Neither a renewal nor a look comes soon.
  auto how = short_leases(etcd.url());
  how.lease = 600s;
  how.renew_interval = 200s;
  how.look_interval = 200s;
  auto a = nodes.join("a", how);
  auto old = etcd.find("/tieline/nodes/a").value().lease;
  etcd.post("/v3/lease/revoke", etcd::by_id(old));
  auto got = nodes.acquire(a, 5);
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::not_owner);
  BOOST_CHECK(becomes_owner(nodes, a, 5, "a"));
}

BOOST_FIXTURE_TEST_CASE(all_comes_back_with_an_etcd_that_was_gone_for_long,
                        owner_for_short) {
  etcd.kill();
  BOOST_REQUIRE(log.told(false));
  BOOST_CHECK(!nodes.acquire(a, 5));
  etcd.start_again();
  BOOST_CHECK(log.told(true));
  BOOST_CHECK(becomes_owner(nodes, a, 5, "a"));
}

BOOST_FIXTURE_TEST_CASE(a_listener_that_has_ended_has_not_closed,
                        owner_for_long) {
  auto b = join("b");
  auto lease = etcd.find("/tieline/nodes/a").value().lease;
  log.hold();
  etcd.stop();
  BOOST_REQUIRE(log.told(false));
  log.end();
  etcd.resume();
  // It goes on with its lease, and does not begin anew.
  required(nodes.put(b, node_of("b")));
  BOOST_CHECK(!nodes.acquire(a, 5));
  BOOST_CHECK_EQUAL(etcd.find("/tieline/shards/5").value().lease, lease);
  // Not given back: it has to run out.
  nodes.crash(a);
  BOOST_CHECK_EQUAL(etcd.find("/tieline/shards/5").value().lease, lease);
  BOOST_CHECK(becomes_owner(nodes, b, 5, "b"));
}

BOOST_FIXTURE_TEST_CASE(a_process_that_was_stopped_knows_that_its_lease_is_over,
                        fixture) {
  temp_dir dir;
  auto log = dir.write("log", "");
  child_process peer{{ETCD_PEER, etcd.url(), "peer"}, log};
  auto b = join("b");
  BOOST_REQUIRE(eventually(
    [&] { return read_file(log).find(" peer\n") != std::string::npos; }));
  BOOST_CHECK_EQUAL(required(nodes.acquire(b, 1)), "peer");
  peer.signal(SIGSTOP);
  BOOST_REQUIRE(becomes_owner(nodes, b, 1, "b"));
  auto resumed = boot_clock::now().time_since_epoch().count();
  peer.signal(SIGCONT);
  // It finds out, and registers anew.
  auto answers_since = [&] {
    std::vector<std::string> result;
    std::istringstream in{read_file(log)};
    long long asked = 0;
    std::string owner;
    while (in >> asked >> owner)
      if (asked >= resumed)
        result.push_back(owner);
    return result;
  };
  BOOST_CHECK(eventually([&] {
    auto all = answers_since();
    return std::count(all.begin(), all.end(), "b") > 0;
  }));
  auto all = answers_since();
  BOOST_CHECK_EQUAL(std::count(all.begin(), all.end(), "peer"), 0);
}

BOOST_AUTO_TEST_SUITE_END()
