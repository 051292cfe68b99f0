#include "ssh/ssh_manager.hpp"
#include "support/leak_check.hpp"
#include "support/loopback_ports.hpp"
#include "support/own_network.hpp"
#include "support/tcp_traffic.hpp"

#include <caf/event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <optional>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

BOOST_TEST_GLOBAL_FIXTURE(own_network);

constexpr uint16_t dropping_port = 22;

/// Where SYNs vanish. Nobody but the caller gives up.
connection_params dropping() {
  auto result = params_of(dropping_address, dropping_port, "nobody");
  result.password = secret{"x"};
  result.extras = {{"host_key_policy", "off"}, {"connect_timeout", "1h"}};
  return result;
}

struct fixture : ssh_manager {
  /// A session is opened for this actor alone.
  caf::actor open_for_another(const connection_params& params) {
    auto& to = manager;
    return client.system().spawn([to, params](caf::event_based_actor* self) {
      compat::request(self, to, caf::infinite, caf::open_atom_v, key_of(0),
                      params, caf::timespan{1h})
        .then([](const std::optional<connection_actor>&) {},
              [](const caf::error&) {});
    });
  }

  /// What all sessions share, and the connections for so many keys, have come
  /// into being after this.
  void warm_up(int keys = 1) {
    refused_port refused;
    auto params = dropping();
    params.hostname = "127.0.0.1";
    params.port = refused.port();
    params.extras["open_retries"] = "0";
    params.extras["breaker_failures"] = "0";
    for (auto& outcome : open_all(items(keys, params), 1min))
      BOOST_TEST(brief(outcome.error) == "refused (connect)");
  }
};

/// Connects to a listener that accepts nothing until its queue is full.
std::vector<owned_fd> fill_queue(uint16_t port) {
  std::vector<owned_fd> result;
  while (unanswered_syns(port) == 0) {
    result.push_back(begin_connect(port));
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(deadline_test)

BOOST_FIXTURE_TEST_SUITE(deadlines, fixture)

BOOST_AUTO_TEST_CASE(a_dropped_syn_costs_no_more_than_the_caller_s_time) {
  warm_up();
  leak_check leaks{&client.system()};
  auto opened = open(dropping(), 250ms);
  BOOST_TEST(brief(opened) == "timeout (connect)");
  BOOST_TEST(eventually([] { return unanswered_syns(dropping_port) == 0; }));
  BOOST_TEST(leaks.leaked() == "");
  // It was tried, once, and nobody tries it any more.
  BOOST_TEST(status().attempts == 2u);
  BOOST_TEST(to_string(status().state) == "closed");
}

BOOST_AUTO_TEST_CASE(a_dropped_syn_costs_no_more_than_the_setting_s_time) {
  warm_up();
  leak_check leaks{&client.system()};
  auto params = dropping();
  params.extras["open_timeout"] = "250ms";
  auto opened = open(params);
  BOOST_TEST(brief(opened) == "timeout (connect)");
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(a_hundred_callers_have_their_deadlines_at_once) {
  warm_up(100);
  leak_check leaks{&client.system()};
  auto outcomes = open_all(items(100, dropping()), 250ms);
  // How far each has come by then depends on the machine.
  for (auto& outcome : outcomes)
    BOOST_TEST((code_of(outcome.error) == errc::timeout));
  BOOST_TEST(eventually([] { return unanswered_syns(dropping_port) == 0; }));
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(
  a_host_that_answers_is_not_kept_waiting_by_one_that_drops) {
  ssh_fixture fixture;
  auto waiting = start_open(dropping(), 1h);
  BOOST_TEST(eventually([] { return unanswered_syns(dropping_port) == 1; }));
  auto other = open_all({{key_of(1), fixture.with_key()}}, 1min);
  BOOST_TEST(brief(other[0].error) == "ok");
  BOOST_TEST(unanswered_syns(dropping_port) == 1u);
  BOOST_TEST(required(query<bool>(caf::close_atom_v, key_of(0))));
  BOOST_TEST(brief(take<std::optional<connection_actor>>(std::move(waiting)))
             == "closed (close)");
}

BOOST_AUTO_TEST_CASE(the_attempt_of_a_caller_that_dies_ends_with_it) {
  warm_up();
  leak_check leaks{&client.system()};
  auto caller = open_for_another(dropping());
  BOOST_TEST(eventually([] { return unanswered_syns(dropping_port) == 1; }));
  BOOST_TEST(status().waiting == 1u);
  caf::anon_send_exit(caller, caf::exit_reason::kill);
  BOOST_TEST(eventually([] { return unanswered_syns(dropping_port) == 0; }));
  BOOST_TEST(becomes(connection_state::closed));
  BOOST_TEST(status().waiting == 0u);
  caller = nullptr;
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(a_full_queue_costs_the_caller_s_time_and_serves_later) {
  ssh_fixture fixture;
  constexpr int keys = 20;
  auto all = items(keys, fixture.with_key());
  for (auto& outcome : open_all(all, 1min))
    BOOST_TEST_REQUIRE(brief(outcome.error) == "ok");
  // Other params, so that all have to open again.
  for (auto& item : all)
    item.params.extras["connect_timeout"] = "1h";
  required(query<uint64_t>(operate_atom_v, operation::kill, selector{},
                           caf::timespan{0}));
  BOOST_TEST(
    eventually([&] { return fixture.server.session_processes().empty(); }));
  leak_check leaks{&client.system()};
  fixture.server.signal_listener(SIGSTOP);
  {
    auto fillers = fill_queue(fixture.server.port());
    BOOST_TEST_MESSAGE("the queue takes " << fillers.size() - 1);
    for (auto& outcome : open_all(all, 300ms))
      BOOST_TEST((code_of(outcome.error) == errc::timeout));
    // All but the one that found the queue full.
    BOOST_TEST(
      eventually([&] { return unanswered_syns(fixture.server.port()) <= 1; }));
  }
  BOOST_TEST(leaks.leaked() == "");
  fixture.server.signal_listener(SIGCONT);
  for (auto& outcome : open_all(all, 1min))
    BOOST_TEST(brief(outcome.error) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
