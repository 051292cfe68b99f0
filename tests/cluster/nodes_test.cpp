#include "cluster/nodes_fixture.hpp"
#include "membership/etcd_server.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/loopback_ports.hpp"
#include "support/test_sink.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>

// Three nodes, SSH devices that count who logs in, and an etcd where a device
// may have one session only.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

const std::vector<std::string> abc{"a", "b", "c"};
constexpr size_t count = 12;

constexpr auto written_down = "NODES, look-interval = 200ms";

/// With a lease that a machine that is busy can still renew.
std::string in_etcd(const etcd_server& etcd) {
  return "etcd = [\"" + etcd.url()
         + "\"], lease = 6s, renew-interval = 1s, close-before = 3s, "
           "look-interval = 200ms";
}

/// A cluster with all devices open, asked through node a.
struct opened_fixture {
  explicit opened_fixture(const std::string& cluster)
    : fixture(abc, count, cluster) {
    BOOST_REQUIRE(fixture.alive("a", 3));
    router = fixture.router("a");
    connections = fixture.open_all(router);
  }

  /// Returns the devices of node b, which has some.
  std::vector<size_t> devices_of_b() {
    auto result = fixture.devices_of(router, "b");
    BOOST_REQUIRE(!result.empty());
    return result;
  }

  nodes_fixture fixture;
  router_actor router;
  std::vector<connection_actor> connections;
};

struct written_fixture : opened_fixture {
  written_fixture() : opened_fixture(written_down) {
    // nop
  }
};

/// Starts before the nodes.
struct with_etcd {
  etcd_server etcd;
};

struct etcd_fixture : with_etcd, opened_fixture {
  etcd_fixture() : opened_fixture(in_etcd(etcd)) {
    // nop
  }
};

template <class T>
void check_typed(const caf::expected<T>& got) {
  if (!got)
    BOOST_CHECK_MESSAGE(code_of(got.error()) != errc::none,
                        "no error of tieline: " << to_string(got.error()));
}

/// Asks for all devices of a lost node again; the first answers may come from
/// before the loss was noticed.
void check_all_usable(nodes_fixture& fixture,
                      std::vector<connection_actor>& connections) {
  for (size_t i = 0; i < connections.size(); ++i) {
    caf::error last;
    auto usable = [&] {
      auto got = fixture.run(connections[i], "echo hi");
      last = got ? caf::error{} : got.error();
      return static_cast<bool>(got);
    };
    BOOST_CHECK_MESSAGE(eventually(usable),
                        "device " << i
                                  << " cannot be used: " << describe(last));
  }
}

/// Runs commands on devices again and again until told to end.
class load {
public:
  /// Callers that stay with the connections that they have.
  load(nodes_fixture& fixture, const std::vector<connection_actor>& connections)
    : state_(std::make_shared<state>()) {
    for (const auto& connection : connections)
      add(fixture, worker{state_, connection});
  }

  /// Callers that ask the router for a connection, again when it has failed.
  load(nodes_fixture& fixture, const router_actor& router)
    : state_(std::make_shared<state>()) {
    for (size_t i = 0; i < fixture.devices.size(); ++i)
      add(fixture, worker{state_, std::nullopt, router, fixture.key(i),
                          fixture.params(i)});
  }

  /// Waits until so many more have brought what they should.
  bool goes_on(uint64_t more = 50) {
    auto enough = state_->served + more;
    return eventually([&] { return state_->served >= enough; });
  }

  /// Returns what has failed, once all are answered.
  std::vector<caf::error> end() {
    state_->over = true;
    BOOST_CHECK_MESSAGE(
      eventually([&] { return state_->ended == workers_.size(); }),
      workers_.size() - state_->ended << " requests were not answered");
    BOOST_CHECK_MESSAGE(state_->strays == 0,
                        state_->strays << " times another's answer");
    return state_->failures;
  }

  /// Returns how many commands were asked for.
  uint64_t asked() const {
    return state_->asked;
  }

  uint64_t served() const {
    return state_->served;
  }

private:
  struct state {
    std::atomic<bool> over{false};
    std::atomic<uint64_t> asked{0};
    std::atomic<uint64_t> served{0};
    std::atomic<uint64_t> strays{0};
    std::atomic<size_t> ended{0};
    std::mutex mutex;
    std::vector<caf::error> failures;
  };

  struct worker {
    std::shared_ptr<state> what;
    maybe_connection connection{};
    router_actor router{};
    connection_key key{};
    connection_params params{};
  };

  void add(nodes_fixture& fixture, worker who) {
    workers_.push_back(
      fixture.client.sys().spawn([who](caf::event_based_actor* self) {
        // Or it would end while it waits without having asked.
        self->become([](caf::ok_atom) {});
        next(self, std::make_shared<worker>(who));
      }));
  }

  static void next(caf::event_based_actor* self,
                   const std::shared_ptr<worker>& who) {
    if (who->what->over) {
      ++who->what->ended;
      self->quit();
    } else if (who->connection)
      run(self, who);
    else
      open(self, who);
  }

  static void run(caf::event_based_actor* self,
                  const std::shared_ptr<worker>& who) {
    auto word = std::to_string(++who->what->asked);
    request echo;
    echo.body = "echo " + word;
    compat::request(self, *who->connection, caf::infinite, execute_atom_v, echo)
      .then(
        [=](const reply& got) {
          ++(got.output == word + '\n' ? who->what->served : who->what->strays);
          next(self, who);
        },
        [=](const caf::error& reason) { failed(self, who, reason); });
  }

  static void open(caf::event_based_actor* self,
                   const std::shared_ptr<worker>& who) {
    compat::request(self, who->router, caf::infinite, caf::open_atom_v,
                    who->key, who->params, caf::timespan{0})
      .then(
        [=](const maybe_connection& got) {
          who->connection = got;
          next(self, who);
        },
        [=](const caf::error& reason) { failed(self, who, reason); });
  }

  static void failed(caf::event_based_actor* self,
                     const std::shared_ptr<worker>& who,
                     const caf::error& reason) {
    {
      std::lock_guard guard{who->what->mutex};
      who->what->failures.push_back(reason);
    }
    if (who->router)
      who->connection.reset();
    // As the error says, not to ask in vain.
    self->run_delayed(failure_of(reason).retry_after, [=] { next(self, who); });
  }

  std::shared_ptr<state> state_;
  std::vector<caf::actor> workers_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(nodes_test)

BOOST_AUTO_TEST_CASE(a_node_says_what_keeps_it_from_joining) {
  etcd_server etcd;
  etcd.demand_login();
  temp_dir dir;
  auto file = dir.write("password", "simsalabim\n");
  cluster_files how;
  how.cluster = in_etcd(etcd) + ", etcd-username = \"root\", "
                + "etcd-password-file = \"" + file + '"';
  served_node node{"a", free_port(), how};
  auto says = [&](const char* what) {
    return node.log().find(what) != std::string::npos;
  };
  BOOST_CHECK(eventually([&] { return says("etcd has not answered since"); }));
  BOOST_CHECK(says("authentication failed"));
  BOOST_CHECK(!says("has joined"));
  BOOST_CHECK(!says("simsalabim"));
  // Who asks how the nodes are is told the same.
  this_node client{plain_links()};
  auto router = client.router_at(node.port());
  BOOST_REQUIRE(router);
  auto all = client.ask<std::vector<node_status>>(*router, nodes_atom_v);
  BOOST_REQUIRE(all);
  BOOST_REQUIRE_EQUAL(all->size(), 1u);
  BOOST_CHECK_EQUAL(code_of(all->front().reason), errc::auth_failed);
  dir.write("password", "sesame\n");
  BOOST_CHECK_NO_THROW(node.wait_for_join());
}

BOOST_AUTO_TEST_SUITE(written_down_nodes)

BOOST_AUTO_TEST_CASE(any_node_serves_all_devices_and_counters_add_up) {
  nodes_fixture fixture{abc, count, written_down};
  std::set<std::string> owners;
  for (const auto& name : abc) {
    BOOST_REQUIRE(fixture.alive(name, 3));
    auto router = fixture.router(name);
    auto connections = fixture.open_all(router);
    for (size_t i = 0; i < count; ++i) {
      auto got = fixture.run(connections[i], "show version");
      BOOST_REQUIRE(got);
      BOOST_CHECK_NE(got->output.find(fixture.devices.at(i).serial()),
                     std::string::npos);
      owners.insert(fixture.owner(router, i));
    }
    auto sum = fixture.client.ask<counters_snapshot>(router, counters_atom_v);
    BOOST_REQUIRE(sum);
    BOOST_CHECK_EQUAL((*sum)["ssh"].open_calls, count);
    BOOST_CHECK_EQUAL((*sum)["ssh"].create_calls, count);
  }
  BOOST_CHECK_EQUAL(owners.size(), 3u);
  // One session for each, whoever asked.
  BOOST_CHECK_EQUAL(fixture.devices.count().logins_ok, count);
  BOOST_CHECK_EQUAL(fixture.most_at_one_device(), 1u);
  auto closed = fixture.client.ask<uint64_t>(fixture.router("c"),
                                             close_all_atom_v);
  BOOST_CHECK_EQUAL(closed.value(), count);
  BOOST_CHECK(eventually([&] { return fixture.devices.count().live == 0; }));
}

BOOST_DATA_TEST_CASE_F(written_fixture, all_who_wait_for_a_lost_node_are_told,
                       data::make(losses), how) {
  auto theirs = fixture.devices_of(router, "b");
  BOOST_REQUIRE_GE(theirs.size(), 2u);
  // One opens, one executes, one streams.
  fixture.devices.at(theirs[0]).set(lab::fault::hang_before_banner);
  auto newer = fixture.params(theirs[0]);
  newer.extras["connect_timeout"] = "9s";
  pending<maybe_connection> opening{
    fixture.client.sys(),   router, caf::open_atom_v,
    fixture.key(theirs[0]), newer,  caf::timespan{20s}};
  request what;
  what.body = "sleep 60000";
  pending<reply> executing{fixture.client.sys(), connections[theirs[1]],
                           execute_atom_v, what};
  test_sink sink{fixture.client.sys(), false};
  what.body = "bytes 10000000";
  what.sink = sink.handle();
  pending<reply> streaming{fixture.client.sys(), connections[theirs[1]],
                           execute_atom_v, what};
  BOOST_REQUIRE(eventually([&] { return sink.count() > 0; }));
  fixture["b"].signal(how.signal);
  auto executed = executing.take();
  BOOST_REQUIRE(!executed);
  BOOST_CHECK_EQUAL(code_of(executed.error()), errc::node_lost);
  auto streamed = streaming.take();
  BOOST_REQUIRE(!streamed);
  BOOST_CHECK_EQUAL(code_of(streamed.error()), errc::node_lost);
  fixture.devices.at(theirs[0]).heal();
  check_typed(opening.take());
  // On next use they are somebody else's.
  check_all_usable(fixture, connections);
  for (auto i : theirs)
    BOOST_CHECK_NE(fixture.owner(router, i), "b");
  if (how.signal == SIGSTOP) {
    fixture["b"].signal(SIGCONT);
    BOOST_REQUIRE(fixture.alive("a", 3));
    check_all_usable(fixture, connections);
    BOOST_CHECK(eventually(
      [&] { return fixture.devices_of(router, "b").size() == theirs.size(); }));
    check_all_usable(fixture, connections);
    BOOST_CHECK(
      eventually([&] { return fixture.devices.count().live == count; }));
  }
}

BOOST_AUTO_TEST_CASE(links_with_tls_carry_it_all) {
  authority ca;
  auto mine = ca.issue("node");
  nodes_fixture fixture{abc, count, written_down, tls_links(mine, ca.file())};
  BOOST_REQUIRE(fixture.alive("b", 3));
  auto router = fixture.router("b");
  auto connections = fixture.open_all(router);
  check_all_usable(fixture, connections);
  fixture["c"].signal(SIGKILL);
  check_all_usable(fixture, connections);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(nodes_with_etcd, etcd_fixture)

BOOST_AUTO_TEST_CASE(
  devices_of_a_killed_node_move_and_never_have_two_sessions) {
  auto theirs = devices_of_b();
  fixture["b"].signal(SIGKILL);
  check_all_usable(fixture, connections);
  for (auto i : theirs)
    BOOST_CHECK_NE(fixture.owner(router, i), "b");
  BOOST_CHECK_EQUAL(fixture.most_at_one_device(), 1u);
  // It comes back under its name, and gets what is its own.
  fixture.start("b");
  BOOST_REQUIRE(fixture.alive("a", 3));
  BOOST_CHECK(eventually([&] {
    check_all_usable(fixture, connections);
    return fixture.devices_of(router, "b").size() == theirs.size();
  }));
  BOOST_CHECK_EQUAL(fixture.most_at_one_device(), 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_stopped_for_less_than_its_lease_goes_on) {
  auto theirs = devices_of_b();
  request what;
  what.body = "sleep 60000";
  pending<reply> executing{fixture.client.sys(), connections[theirs[0]],
                           execute_atom_v, what};
  BOOST_REQUIRE(eventually(
    [&] { return fixture.devices.at(theirs[0]).count().execs == 1; }));
  fixture["b"].signal(SIGSTOP);
  // The link's timeout is 2 s, which is less than the lease.
  auto executed = executing.take();
  fixture["b"].signal(SIGCONT);
  BOOST_REQUIRE(!executed);
  BOOST_CHECK_EQUAL(code_of(executed.error()), errc::node_lost);
  check_all_usable(fixture, connections);
  BOOST_CHECK_EQUAL(fixture.most_at_one_device(), 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_was_stopped_for_longer_closes_what_it_had) {
  devices_of_b();
  fixture["b"].signal(SIGSTOP);
  // Others have them when the lease has ended. What a stopped process had open
  // stays open: nobody but it could close that.
  check_all_usable(fixture, connections);
  fixture["b"].signal(SIGCONT);
  BOOST_CHECK(
    eventually([&] { return fixture.devices.count().live <= count; }));
  BOOST_REQUIRE(fixture.alive("a", 3));
  check_all_usable(fixture, connections);
}

BOOST_AUTO_TEST_CASE(a_rolling_restart_under_load_loses_nothing) {
  load work{fixture, connections};
  // All but the one that is asked, whose end is the end of its callers' links.
  for (const auto& name : {"b", "c"}) {
    BOOST_REQUIRE(work.goes_on());
    fixture[name].end();
    BOOST_CHECK_MESSAGE(work.goes_on(),
                        "no answers while " << name << " is away");
    fixture.start(name);
    BOOST_REQUIRE(fixture.alive("a", 3));
  }
  BOOST_REQUIRE(work.goes_on());
  for (const auto& failure : work.end())
    BOOST_ERROR("lost: " << describe(failure));
  BOOST_CHECK_EQUAL(fixture.most_at_one_device(), 1u);
  BOOST_CHECK_EQUAL(work.served(), work.asked());
  BOOST_TEST_MESSAGE(work.served() << " requests, all answered");
}

BOOST_AUTO_TEST_CASE(a_restart_of_the_node_that_is_asked_answers_all) {
  load work{fixture, router};
  BOOST_REQUIRE(work.goes_on());
  fixture["a"].end();
  fixture.start("a");
  BOOST_CHECK_MESSAGE(work.goes_on(), "the router does not serve again");
  BOOST_CHECK(fixture.alive("b", 3));
  std::map<std::string, size_t> failures;
  for (const auto& failure : work.end()) {
    auto code = code_of(failure);
    ++failures[to_string(code)];
    // A node that ends does not go after a key that moves: `not_owner` says so,
    // and that nothing was begun.
    BOOST_CHECK_MESSAGE(code == errc::node_lost || code == errc::closed
                          || code == errc::connection_lost
                          || code == errc::not_owner,
                        "lost: " << describe(failure));
  }
  // Nothing was run twice for the sake of an answer.
  BOOST_CHECK_LE(fixture.devices.count().execs, work.asked());
  BOOST_CHECK_EQUAL(fixture.most_at_one_device(), 1u);
  BOOST_TEST_MESSAGE(work.served() << " of " << work.asked() << " served");
  for (const auto& [name, times] : failures)
    BOOST_TEST_MESSAGE(name << ": " << times);
}

BOOST_AUTO_TEST_CASE(leaving_and_joining_is_counted_at_devices_as_by_us) {
  for (const auto& name : abc) {
    BOOST_REQUIRE(
      !fixture.client.tell(router, leave_atom_v, name, caf::timespan{0}));
    BOOST_CHECK(fixture.devices_of(router, name).empty());
    check_all_usable(fixture, connections);
    BOOST_REQUIRE(!fixture.client.tell(router, join_atom_v, name));
    check_all_usable(fixture, connections);
  }
  BOOST_REQUIRE(fixture.alive("a", 3));
  auto sum = fixture.client.ask<counters_snapshot>(router, counters_atom_v);
  BOOST_REQUIRE(sum);
  BOOST_CHECK_EQUAL((*sum)["ssh"].open_calls,
                    fixture.devices.count().logins_ok);
  BOOST_CHECK_EQUAL(fixture.most_at_one_device(), 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
