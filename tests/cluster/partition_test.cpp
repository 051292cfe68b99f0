#include "cluster/nodes_fixture.hpp"
#include "support/eventually.hpp"
#include "support/far_network.hpp"

#include <caf/actor_system.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

// Node b is in the far network, with etcd and node a at this end. The cable
// between them is pulled for longer than a lease, with its default times.

using namespace tieline;
using namespace tieline::test;

namespace {

constexpr size_t count = 8;
constexpr uint16_t port_a = 4711;
constexpr uint16_t port_b = 4712;
constexpr auto etcd_url = "http://10.77.1.1:2379";

/// An etcd at our end of the cable, with nothing special about it.
class plain_etcd {
public:
  plain_etcd()
    : process_({"/usr/bin/etcd", "--name", "test", "--data-dir", dir_ / "data",
                "--listen-client-urls", etcd_url, "--advertise-client-urls",
                etcd_url, "--listen-peer-urls", "http://127.0.0.1:2380",
                "--initial-advertise-peer-urls", "http://127.0.0.1:2380",
                "--initial-cluster", "test=http://127.0.0.1:2380"},
               dir_.write("log", "")) {
    // What etcd 3.4 and 3.5 have in common when they serve without TLS.
    if (!eventually([this] {
          return read_file(dir_ / "log").find("this is strongly discouraged!")
                 != std::string::npos;
        }))
      throw std::runtime_error("etcd: " + read_file(dir_ / "log"));
  }

private:
  temp_dir dir_;
  child_process process_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(partition_test)

BOOST_AUTO_TEST_CASE(a_node_without_etcd_closes_all_before_others_open) {
  require_program("/usr/bin/etcd", "etcd-server");
  far_network far;
  plain_etcd etcd;
  lab::server devices{devices_at_the_field(count)};
  cluster_files how;
  how.password = "a secret";
  // A lease of 30 s and all else by default.
  how.cluster = std::string{"etcd = [\""} + etcd_url + "\"]";
  served_node a{"a", port_a, how, control_here};
  served_node b{"b", port_b, how, control_there, far.wrapper()};
  a.wait_for_join();
  b.wait_for_join();
  auto links = plain_links();
  links.plain_text = true;
  this_node client{links};
  auto connected = connect_router(client.sys(), control_here, port_a, links);
  BOOST_REQUIRE(connected);
  auto router = *connected;
  auto alive = [&] {
    auto all = client.ask<std::vector<node_status>>(router, nodes_atom_v);
    return all && all->size() == 2 && !all->at(0).reason && !all->at(1).reason;
  };
  BOOST_REQUIRE(eventually(alive));
  std::vector<connection_actor> connections;
  std::vector<size_t> theirs;
  for (size_t i = 0; i < count; ++i) {
    connection_params params;
    params.hostname = devices.at(i).address();
    params.port = devices.at(i).port();
    params.extras["credential"] = "lab";
    auto got = client.ask<maybe_connection>(
      router, caf::open_atom_v, connection_key{devices.at(i).name(), "ssh"},
      params, caf::timespan{0});
    BOOST_REQUIRE(got);
    connections.push_back(got->value());
    auto status = client.ask<connection_status>(connections.back(),
                                                status_atom_v);
    if (status && status->node == "b")
      theirs.push_back(i);
  }
  BOOST_REQUIRE(!theirs.empty());
  BOOST_REQUIRE_LT(theirs.size(), count);
  auto live = [&](const std::vector<size_t>& which) {
    uint64_t result = 0;
    for (auto i : which)
      result += devices.at(i).count().live;
    return result;
  };
  far.plug(false);
  // Asked at once: answered when the key has moved.
  std::vector<std::unique_ptr<pending<reply>>> waiting;
  request what;
  what.body = "echo moved";
  for (auto i : theirs)
    waiting.push_back(std::make_unique<pending<reply>>(
      client.sys(), connections[i], execute_atom_v, what));
  // b still reaches the devices, and closes its sessions by itself.
  BOOST_CHECK(eventually([&] { return live(theirs) == 0; }));
  for (auto& x : waiting) {
    auto got = x->take();
    // What was on its way when the cable was pulled has no other answer.
    BOOST_CHECK(got || code_of(got.error()) == errc::node_lost);
  }
  for (auto& connection : connections)
    BOOST_CHECK(eventually(
      [&] { return bool(client.execute(connection, "echo again")); }));
  for (auto round = 0; round < 100; ++round)
    for (auto& connection : connections)
      BOOST_CHECK(client.execute(connection, "echo again"));
  far.plug(true);
  BOOST_CHECK(eventually(alive));
  BOOST_CHECK(eventually([&] {
    size_t back = 0;
    for (auto i : theirs) {
      BOOST_CHECK(client.execute(connections[i], "echo back"));
      auto status = client.ask<connection_status>(connections[i],
                                                  status_atom_v);
      back += status && status->node == "b";
    }
    return back == theirs.size();
  }));
  for (size_t i = 0; i < count; ++i)
    BOOST_CHECK_EQUAL(devices.at(i).count().peak, 1u);
  BOOST_TEST_MESSAGE(devices.count().logins_ok
                     << " logins, at most one at a time per device");
}

BOOST_AUTO_TEST_SUITE_END()
