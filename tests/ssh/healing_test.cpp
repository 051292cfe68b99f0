#include "ssh/ssh_manager.hpp"
#include "support/own_network.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <optional>
#include <string>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

BOOST_TEST_GLOBAL_FIXTURE(own_network);

struct fixture : ssh_manager {
  fixture() : ssh_manager(brisk()) {
    // nop
  }

  ssh_fixture ssh;

  connection_params with(std::map<std::string, std::string> extras) {
    auto result = ssh.with_key();
    result.extras.merge(std::move(extras));
    return result;
  }

  /// Returns whether a program came to run in a session.
  bool comes_to_run(const std::string& program) {
    return eventually(
      [&] { return !ssh.server.session_processes(program).empty(); });
  }

  void check_works(const connection_actor& connection) {
    auto answer = execute(connection, "echo here");
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->output == "here\n");
  }

  /// Returns whether the last session is known to be lost.
  bool learns_of_the_loss() {
    return becomes(connection_state::closed)
           && code_of(status().last_error) == errc::connection_lost;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(healing_test)

BOOST_FIXTURE_TEST_SUITE(a_session_that_is_killed, fixture)

BOOST_AUTO_TEST_CASE(its_work_is_answered_and_the_next_work_opens_another) {
  event_log events{*this};
  auto connection = required(open(ssh.with_key()));
  auto answer = start(connection, "sleep 60");
  BOOST_TEST(comes_to_run("sleep"));
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (session)");
  check_works(connection);
  BOOST_TEST(counters().losses == 1u);
  BOOST_TEST(counters().open_calls == 2u);
  BOOST_TEST(eventually([&] { return events.count(event_kind::opened) == 2; }));
  BOOST_TEST(events.text() == "opening opened lost backoff opening opened");
}

BOOST_AUTO_TEST_CASE(work_in_flight_is_not_run_twice) {
  auto connection = required(open(ssh.with_key()));
  auto file = ssh.dir / "runs";
  run_checked({"touch", file});
  run_checked({"chmod", "666", file});
  auto answer = start(connection, "echo run >>" + file + "; sleep 60");
  BOOST_TEST(comes_to_run("sleep"));
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (session)");
  check_works(connection);
  BOOST_TEST(read_file(file) == "run\n");
}

BOOST_AUTO_TEST_CASE(work_that_waited_behind_runs_on_another) {
  auto connection = required(open(with({{"max_channels", "1"}})));
  auto running = start(connection, "sleep 60");
  auto waiting = start(connection, "echo waited");
  BOOST_TEST(comes_to_run("sleep"));
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(running)))
             == "connection_lost (session)");
  BOOST_TEST(required(take<reply>(std::move(waiting))).output == "waited\n");
}

BOOST_AUTO_TEST_CASE(one_that_is_kept_open_comes_back_unasked_each_time) {
  auto connection = required(open(with({{"keep_open", "true"}})));
  for (uint64_t time = 1; time <= 3; ++time) {
    ssh.server.signal_sessions(SIGKILL);
    BOOST_TEST(eventually([&] { return counters().open_calls == time + 1; }));
    BOOST_TEST(becomes(connection_state::open));
  }
  check_works(connection);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_server_that_is_down, fixture)

BOOST_AUTO_TEST_CASE(it_is_left_alone_after_five_failures) {
  auto connection = required(
    open(with({{"breaker_delay", "1h"}, {"breaker_delay_max", "1h"}})));
  ssh.server.stop();
  BOOST_TEST(learns_of_the_loss());
  caf::expected<reply> answer{caf::error{}};
  BOOST_TEST(eventually([&] {
    answer = execute(connection, "true");
    return code_of(answer.error()) == errc::circuit_open;
  }));
  BOOST_TEST(counters().open_failures == settings{}.breaker_failures);
  BOOST_TEST(failure_of(answer.error()).retry_after.count() > 0);
  BOOST_TEST(to_string(explain().admission.breaker) == "open");
  // Up again, it is not tried before the time has passed, unless an operator
  // says so.
  ssh.server.start_again();
  BOOST_TEST(brief(execute(connection, "true")) == "circuit_open (open)");
  BOOST_TEST(counters().open_failures == settings{}.breaker_failures);
  required(query<uint64_t>(operate_atom_v, operation::reconnect, selector{},
                           caf::timespan{0}));
  check_works(connection);
}

BOOST_AUTO_TEST_CASE(work_finds_it_again_when_it_is_up_again) {
  auto connection = required(open(ssh.with_key()));
  event_log events{*this};
  ssh.server.stop();
  BOOST_TEST(learns_of_the_loss());
  BOOST_TEST(eventually([&] {
    return code_of(execute(connection, "true").error()) == errc::circuit_open;
  }));
  ssh.server.start_again();
  BOOST_TEST(
    eventually([&] { return brief(execute(connection, "true")) == "ok"; }));
  BOOST_TEST(
    eventually([&] { return events.count(event_kind::circuit_closed) == 1; }));
}

BOOST_AUTO_TEST_CASE(what_is_kept_open_comes_back_by_itself) {
  event_log events{*this};
  auto connection = required(open(with({{"keep_open", "true"}})));
  ssh.server.stop();
  BOOST_TEST(
    eventually([&] { return events.count(event_kind::circuit_opened) >= 1; }));
  BOOST_TEST(status().waiting + status().queued == 0u);
  ssh.server.start_again();
  BOOST_TEST(becomes(connection_state::open));
  BOOST_TEST(counters().open_calls == 2u);
  check_works(connection);
}

BOOST_AUTO_TEST_CASE(work_waits_for_a_restart_that_was_announced) {
  auto connection = required(open(ssh.with_key()));
  required(query<uint64_t>(operate_atom_v, operation::expect_disconnect,
                           selector{}, caf::timespan{1min}));
  ssh.server.stop();
  BOOST_TEST(eventually([&] { return counters().losses == 1; }));
  auto answer = start(connection, "echo back");
  // More failures than would open the breaker, or use up the retries.
  BOOST_TEST(eventually(
    [&] { return counters().open_failures > settings{}.breaker_failures; }));
  BOOST_TEST(status().queued == 1u);
  BOOST_TEST(to_string(explain().admission.breaker) == "closed");
  ssh.server.start_again();
  BOOST_TEST(required(take<reply>(std::move(answer))).output == "back\n");
  BOOST_TEST(counters().losses == 1u);
}

BOOST_AUTO_TEST_CASE(a_restart_that_was_announced_needs_no_work_to_be_over) {
  required(open(ssh.with_key()));
  required(query<uint64_t>(operate_atom_v, operation::expect_disconnect,
                           selector{}, caf::timespan{1min}));
  ssh.server.stop();
  BOOST_TEST(eventually([&] { return counters().open_failures > 0; }));
  ssh.server.start_again();
  BOOST_TEST(becomes(connection_state::open));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_peer_that_is_silent, fixture)

BOOST_AUTO_TEST_CASE(the_next_work_runs_on_a_fresh_session) {
  auto connection = required(
    open(with({{"probe_after", "100ms"}, {"probe_timeout", "300ms"}})));
  auto old = required(execute(connection, "echo $PPID")).output;
  ssh.server.signal_sessions(SIGSTOP);
  BOOST_TEST(eventually([&] { return explain().idle > 100ms; }));
  auto fresh = required(execute(connection, "echo $PPID")).output;
  BOOST_TEST(fresh != old);
  BOOST_TEST(counters().losses == 1u);
}

BOOST_AUTO_TEST_CASE(one_that_answers_its_probe_keeps_its_session) {
  auto connection = required(open(with({{"probe_after", "20ms"}})));
  auto first = required(execute(connection, "echo $PPID")).output;
  BOOST_TEST(eventually([&] { return explain().idle > 20ms; }));
  BOOST_TEST(required(execute(connection, "echo $PPID")).output == first);
  BOOST_TEST(counters().losses == 0u);
}

BOOST_AUTO_TEST_CASE(its_loss_shows_without_any_work) {
  auto connection = required(
    open(with({{"keepalive_interval", "100ms"}, {"keepalive_count", "3"}})));
  ssh.server.signal_sessions(SIGSTOP);
  BOOST_TEST(learns_of_the_loss());
  BOOST_TEST(failure_of(status().last_error).cause
             == "no sign of life for 300ms after a keepalive");
  check_works(connection);
}

BOOST_AUTO_TEST_CASE(its_loss_answers_the_work_in_flight) {
  auto connection = required(
    open(with({{"keepalive_interval", "100ms"}, {"keepalive_count", "3"}})));
  auto answer = start(connection, "sleep 60");
  BOOST_TEST(comes_to_run("sleep"));
  ssh.server.signal_sessions(SIGSTOP);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (session)");
  check_works(connection);
}

BOOST_AUTO_TEST_CASE(a_network_that_drops_packets_is_found_out_without_work) {
  auto connection = required(
    open(with({{"keepalive_interval", "100ms"}, {"keepalive_count", "3"}})));
  {
    network_outage outage;
    BOOST_TEST(learns_of_the_loss());
  }
  check_works(connection);
  BOOST_TEST(counters().losses == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_kept_open_survives_an_outage_by_itself) {
  event_log events{*this};
  auto connection = required(open(with({{"keepalive_interval", "100ms"},
                                        {"keepalive_count", "3"},
                                        {"connect_timeout", "200ms"},
                                        {"keep_open", "true"}})));
  {
    network_outage outage;
    BOOST_TEST(
      eventually([&] { return events.count(event_kind::open_failed) >= 1; }));
  }
  BOOST_TEST(eventually([&] { return counters().open_calls == 2u; }));
  BOOST_TEST(becomes(connection_state::open));
  check_works(connection);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
