#include "cluster/nodes_fixture.hpp"
#include "support/far_network.hpp"
#include "support/outcome.hpp"
#include "support/test_sink.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Node b is in the far network, where the devices are near; node a is here.
// What is asked of b waits in one line with all that b sends, heartbeats
// included.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

constexpr size_t count = 12;
constexpr auto rate = "512kbit";
constexpr uint16_t port_a = 4711;
constexpr uint16_t port_b = 4712;

/// Lines with their numbers, by which one that is lost, doubled or in the wrong
/// place shows.
std::string numbered(const std::string& what, size_t size) {
  std::string result;
  for (size_t i = 0; result.size() < size; ++i)
    result += what + ' ' + std::to_string(i) + '\n';
  return result;
}

node_settings links(caf::timespan silence) {
  auto result = plain_links();
  result.connection_timeout = silence;
  result.plain_text = true;
  return result;
}

/// Counts what is told of keys.
struct listener : event_recorder {
  using event_recorder::event_recorder;

  size_t times(const std::string& what) const {
    auto all = told();
    return static_cast<size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& x) {
        return x.key.hostname + ' ' + to_string(x.what) == what;
      }));
  }

  uint64_t missed() const {
    uint64_t result = 0;
    for (const auto& x : told())
      result += x.missed;
    return result;
  }
};

struct fixture {
  /// @param silence after which a node is taken for lost
  explicit fixture(caf::timespan silence)
    : devices(devices_at_the_field(count)),
      a("a", port_a, files(silence), control_here),
      b("b", port_b, files(silence), control_there, far.wrapper()),
      client(links(silence)) {
    devices.add_command("lines", [](const lab::invocation& how) {
      auto space = how.arguments.find(' ');
      lab::result made;
      made.output
        = numbered(std::string{how.arguments.substr(0, space)},
                   std::stoul(std::string{how.arguments.substr(space + 1)}));
      return made;
    });
    a.wait_for_join();
    b.wait_for_join();
    router = required(
      connect_router(client.sys(), control_here, port_a, links(silence)));
    BOOST_REQUIRE(eventually([this] { return both_alive(); }));
    for (size_t i = 0; i < count; ++i) {
      auto connection = open(i);
      auto status = client.ask<connection_status>(connection, status_atom_v);
      BOOST_REQUIRE(status);
      if (status->node == "b")
        theirs.push_back(connection);
    }
    BOOST_REQUIRE_GE(theirs.size(), 3u);
    far.slow_down(rate);
  }

  static cluster_files files(caf::timespan silence) {
    cluster_files result;
    result.links = links(silence);
    result.password = "a secret";
    result.cluster = std::string{"look-interval = 200ms, nodes = [\"a="}
                     + control_here + ':' + std::to_string(port_a) + "\", \"b="
                     + control_there + ':' + std::to_string(port_b) + "\"]";
    return result;
  }

  bool both_alive() {
    auto all = client.ask<std::vector<node_status>>(router, nodes_atom_v);
    return all && all->size() == 2 && !all->at(0).reason && !all->at(1).reason;
  }

  connection_key key(size_t device) const {
    return {devices.at(device).name(), "ssh"};
  }

  connection_actor open(size_t device) {
    connection_params params;
    params.hostname = devices.at(device).address();
    params.port = devices.at(device).port();
    params.extras["credential"] = "lab";
    auto got = client.ask<maybe_connection>(router, caf::open_atom_v,
                                            key(device), params,
                                            caf::timespan{0});
    if (!got || !*got)
      throw std::runtime_error("cannot be opened: " + describe(got.error()));
    return **got;
  }

  std::unique_ptr<pending<reply>>
  start(const connection_actor& connection, const std::string& command,
        caf::timespan timeout = caf::timespan{0},
        std::optional<sink_actor> sink = std::nullopt) {
    request what;
    what.body = command;
    what.timeout = timeout;
    what.sink = std::move(sink);
    return std::make_unique<pending<reply>>(client.sys(), connection,
                                            execute_atom_v, what);
  }

  far_network far;
  lab::server devices;
  served_node a;
  served_node b;
  this_node client;
  router_actor router;
  /// Connections on node b.
  std::vector<connection_actor> theirs;
};

/// Far more than the largest message takes: with 2 s, a machine that is busy
/// has made such a link fall silent for longer.
struct patient : fixture {
  patient() : fixture(20s) {
    // nop
  }
};

struct impatient : fixture {
  impatient() : fixture(2s) {
    // nop
  }
};

template <class T>
T require(caf::expected<T> got) {
  if (!got)
    BOOST_FAIL(describe(got.error()));
  return std::move(*got);
}

void check_reply(pending<reply>& from, const std::string& expected) {
  auto got = require(from.take());
  BOOST_CHECK_MESSAGE(got.output == expected,
                      "not its own answer, but "
                        << got.output.size()
                        << " bytes: " << got.output.substr(0, 60));
}

} // namespace

BOOST_AUTO_TEST_SUITE(slow_link_test)

BOOST_AUTO_TEST_SUITE(slow_link)

BOOST_FIXTURE_TEST_CASE(all_that_shares_a_full_link_arrives_once, patient) {
  listener told{client.sys()};
  BOOST_REQUIRE(
    !client.tell(router, caf::subscribe_atom_v, told.handle(), selector{}));
  constexpr size_t much = 200000;
  test_sink first{client.sys()};
  test_sink second{client.sys()};
  auto streaming = start(theirs[0], "lines stream " + std::to_string(much), 50s,
                         first.handle());
  auto other = start(theirs[1], "lines other " + std::to_string(much), 50s,
                     second.handle());
  BOOST_REQUIRE(eventually([&] { return first.count() > 0; }));
  // From now on the link is full until these have ended.
  auto hurried = start(theirs[2], "sleep 60000", 300ms);
  std::vector<std::unique_ptr<pending<reply>>> small;
  for (size_t i = 0; i < 50; ++i)
    small.push_back(
      start(theirs[i % theirs.size()], "echo " + std::to_string(i), 50s));
  auto whole = start(theirs[2], "lines whole 40000", 50s);
  std::vector<std::unique_ptr<pending<connection_status>>> questions;
  for (const auto& connection : theirs)
    questions.push_back(std::make_unique<pending<connection_status>>(
      client.sys(), connection, status_atom_v));
  auto late = hurried->take();
  BOOST_REQUIRE(!late);
  BOOST_CHECK_EQUAL(code_of(late.error()), errc::timeout);
  BOOST_CHECK_MESSAGE(first.output().size() + second.output().size() < 2 * much,
                      "the timeout has waited for the link");
  for (size_t i = 0; i < small.size(); ++i)
    check_reply(*small[i], std::to_string(i) + '\n');
  for (auto& question : questions) {
    BOOST_CHECK_EQUAL(require(question->take()).node, "b");
  }
  check_reply(*whole, numbered("whole", 40000));
  check_reply(*streaming, "");
  check_reply(*other, "");
  BOOST_CHECK(first.output() == numbered("stream", much));
  BOOST_CHECK(second.output() == numbered("other", much));
  // Nobody was taken for lost, or its devices would have been opened elsewhere.
  BOOST_CHECK(both_alive());
  BOOST_CHECK_EQUAL(devices.count().logins_ok, count);
  // Events come after what they tell of.
  BOOST_CHECK_EQUAL(client.ask<uint64_t>(router, close_all_atom_v).value(),
                    count);
  for (size_t i = 0; i < count; ++i) {
    auto closed = key(i).hostname + " closed";
    BOOST_CHECK(eventually([&] { return told.times(closed) > 0; }));
    BOOST_CHECK_EQUAL(told.times(closed), 1u);
  }
  BOOST_CHECK_EQUAL(told.missed(), 0u);
}

// CAF counts whole messages as signs of life, and heartbeats wait behind this
// one: what is long in proportion to link and timeout needs a sink.
BOOST_FIXTURE_TEST_CASE(a_reply_longer_than_the_link_can_be_silent_is_node_lost,
                        impatient) {
  auto whole = start(theirs[0], "lines whole 300000", 50s);
  auto small = start(theirs[1], "sleep 60000", 50s);
  auto got = whole->take();
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
  got = small->take();
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), errc::node_lost);
  BOOST_CHECK(eventually([this] { return both_alive(); }));
  for (size_t i = 0; i < theirs.size(); ++i) {
    auto word = std::to_string(i);
    check_reply(*start(theirs[i], "echo " + word, 50s), word + '\n');
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
