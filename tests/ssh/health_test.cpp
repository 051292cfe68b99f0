#include "ssh/lab_device.hpp"
#include "ssh/ssh_fixture.hpp"
#include "support/dropbear_server.hpp"
#include "support/leak_check.hpp"
#include "support/own_network.hpp"
#include "support/tcp_traffic.hpp"

#include <tieline/lab/lab.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <ctime>
#include <future>
#include <optional>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

BOOST_TEST_GLOBAL_FIXTURE(own_network);

connection_params with_keepalive(connection_params params, const char* interval,
                                 const char* count) {
  params.extras["keepalive_interval"] = interval;
  params.extras["keepalive_count"] = count;
  return params;
}

std::chrono::nanoseconds cpu_time() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec}
         + std::chrono::nanoseconds{used.tv_nsec};
}

struct fixture {
  ssh_fixture ssh;
  ssh_client client;
  std::optional<leak_check> leaks;
  // Bytes that a request for a sign of life takes.
  uint64_t request_size = 0;

  fixture() {
    // What all sessions share has come into being after the first.
    auto first = open("30s", "3");
    // The open itself asks, too: a probe sends nothing while that is
    // unanswered.
    BOOST_TEST_REQUIRE(eventually([&] {
      auto before = sent();
      BOOST_TEST(brief(client.probe(first)) == "ok");
      request_size = sent() - before;
      return request_size > 0;
    }));
    BOOST_TEST(brief(client.close(first)) == "ok");
    BOOST_TEST(
      eventually([this] { return ssh.server.session_processes().empty(); }));
    leaks.emplace(&client.system());
  }

  transport_actor open(const char* interval, const char* count) {
    return required(
      client.open(with_keepalive(ssh.with_key(), interval, count)));
  }

  uint64_t sent() const {
    return bytes_sent_to(ssh.server.port());
  }

  /// Opens a session that is lost 800 ms after its peer has stopped.
  transport_actor open_impatient() {
    return open("200ms", "3");
  }

  /// Opens one that is never lost while a test runs.
  transport_actor open_patient() {
    return open("200ms", "100");
  }

  /// Sends a request and returns its answer to be, once `program` runs.
  auto start(const transport_actor& session, request what,
             const std::string& program) {
    auto answer = client.start_execute(session, std::move(what));
    BOOST_TEST(eventually(
      [&] { return !ssh.server.session_processes(program).empty(); }));
    return answer;
  }

  void end_sleep() {
    for (auto pid : ssh.server.session_processes("sleep"))
      kill(pid, SIGTERM);
  }

  void check_works(const transport_actor& session) {
    BOOST_TEST(brief(client.probe(session)) == "ok");
    auto answer = client.execute(session, "echo here");
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->output == "here\n");
  }

  /// Returns when the session has handled all that was sent to it.
  void pass_through(const transport_actor& session) {
    BOOST_TEST(brief(client.execute(session, ""))
               == "invalid_request (execute)");
  }
};

void check_lost(std::future<caf::error> end) {
  BOOST_TEST_REQUIRE((end.wait_for(hang_limit) == std::future_status::ready));
  auto reason = end.get();
  BOOST_TEST(brief(reason) == "connection_lost (session)");
  BOOST_TEST(failure_of(reason).cause
             == "no sign of life for 600ms after a keepalive");
}

bool is_there(std::future<caf::error>& end) {
  return end.wait_for(std::chrono::seconds{0}) == std::future_status::timeout;
}

} // namespace

BOOST_AUTO_TEST_SUITE(health_test)

BOOST_FIXTURE_TEST_SUITE(health, fixture)

BOOST_AUTO_TEST_CASE(an_idle_session_is_lost_when_its_peer_stops) {
  {
    auto session = open_impatient();
    auto end = transport_client::end_of(session);
    ssh.server.signal_sessions(SIGSTOP);
    check_lost(std::move(end));
  }
  BOOST_TEST(leaks->leaked() == "");
}

BOOST_AUTO_TEST_CASE(commands_that_run_on_a_peer_that_stops_are_answered) {
  auto params = with_keepalive(ssh.with_key(), "200ms", "3");
  params.extras["max_channels"] = "1";
  auto session = required(client.open(params));
  auto end = transport_client::end_of(session);
  auto running = start(session, command("sleep 60"), "sleep");
  auto waiting = client.start_execute(session, command("true"));
  ssh.server.signal_sessions(SIGSTOP);
  BOOST_TEST(brief(take<reply>(std::move(running)))
             == "connection_lost (execute)");
  BOOST_TEST(brief(take<reply>(std::move(waiting)))
             == "connection_lost (execute)");
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(a_peer_that_stops_while_input_streams_is_noticed) {
  auto session = open_impatient();
  auto end = transport_client::end_of(session);
  // Takes nothing, so that windows and buffers are full.
  auto what = command("sleep 60");
  what.attributes["stdin"] = std::string(16 * 1024 * 1024, 'x');
  auto answer = start(session, what, "sleep");
  ssh.server.signal_sessions(SIGSTOP);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (execute)");
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(a_command_may_be_silent_for_long) {
  auto session = open("50ms", "100");
  auto answer = start(session, command("sleep 60"), "sleep");
  auto before = sent();
  BOOST_TEST(eventually([&] { return sent() > before + 20 * request_size; }));
  end_sleep();
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "ok");
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_on_before_its_time_is_not_lost) {
  auto patient = open_patient();
  auto end = transport_client::end_of(patient);
  auto running = start(patient, command("sleep 60"), "sleep");
  auto impatient = open_impatient();
  auto clock = transport_client::end_of(impatient);
  ssh.server.signal_sessions(SIGSTOP);
  check_lost(std::move(clock));
  ssh.server.signal_sessions(SIGCONT);
  check_works(patient);
  BOOST_TEST(is_there(end));
  end_sleep();
  BOOST_TEST(brief(take<reply>(std::move(running))) == "ok");
}

BOOST_AUTO_TEST_CASE(a_network_that_drops_all_packets_loses_its_sessions) {
  auto idle = open_impatient();
  auto busy = open_impatient();
  auto answer = start(busy, command("sleep 60"), "sleep");
  auto probed = open_impatient();
  auto idle_end = transport_client::end_of(idle);
  auto busy_end = transport_client::end_of(busy);
  auto probed_end = transport_client::end_of(probed);
  {
    network_outage outage;
    auto probe = client.start_probe(probed);
    check_lost(std::move(idle_end));
    check_lost(std::move(busy_end));
    check_lost(std::move(probed_end));
    BOOST_TEST(brief(take<reply>(std::move(answer)))
               == "connection_lost (execute)");
    BOOST_TEST(brief(take<void>(std::move(probe)))
               == "connection_lost (session)");
  }
  check_works(open_impatient());
}

BOOST_AUTO_TEST_CASE(a_network_that_comes_back_in_time_loses_nothing) {
  auto patient = open_patient();
  auto end = transport_client::end_of(patient);
  auto impatient = open_impatient();
  auto clock = transport_client::end_of(impatient);
  {
    network_outage outage;
    check_lost(std::move(clock));
  }
  check_works(patient);
  BOOST_TEST(is_there(end));
}

// How many packets that takes: see keepalive_test, in virtual time.
BOOST_AUTO_TEST_CASE(an_idle_session_stays) {
  auto session = open("50ms", "100");
  auto end = transport_client::end_of(session);
  auto before = sent();
  BOOST_TEST(eventually([&] { return sent() > before + 20 * request_size; }));
  BOOST_TEST(is_there(end));
  check_works(session);
}

BOOST_AUTO_TEST_CASE(a_session_that_is_told_to_sends_nothing_and_waits) {
  ssh_fixture other;
  auto off = open("0s", "3");
  auto end = transport_client::end_of(off);
  auto watching
    = required(client.open(with_keepalive(other.with_key(), "20ms", "100")));
  auto before = sent();
  auto sent_other = [&] { return bytes_sent_to(other.server.port()); };
  auto before_other = sent_other();
  ssh.server.signal_sessions(SIGSTOP);
  BOOST_TEST(eventually(
    [&] { return sent_other() > before_other + 20 * request_size; }));
  BOOST_TEST(sent() == before);
  ssh.server.signal_sessions(SIGCONT);
  BOOST_TEST(is_there(end));
  check_works(off);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_sign_of_life_takes_no_cpu_time) {
  auto session = open_impatient();
  auto end = transport_client::end_of(session);
  auto what = command("sleep 60");
  what.attributes["stdin"] = std::string(16 * 1024 * 1024, 'x');
  auto answer = start(session, what, "sleep");
  ssh.server.signal_sessions(SIGSTOP);
  auto probe = client.start_probe(session);
  pass_through(session);
  auto begin = std::chrono::steady_clock::now();
  auto used = cpu_time();
  BOOST_TEST((end.wait_for(hang_limit) == std::future_status::ready));
  used = cpu_time() - used;
  BOOST_TEST((used < (std::chrono::steady_clock::now() - begin) / 4),
             used.count());
  BOOST_TEST(brief(take<void>(std::move(probe)))
             == "connection_lost (session)");
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (execute)");
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_killed_is_told_from_one_that_is_silent) {
  auto session = open("50ms", "100");
  auto before = sent();
  BOOST_TEST(eventually([&] { return sent() > before + 3 * request_size; }));
  auto end = transport_client::end_of(session);
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST_REQUIRE((end.wait_for(hang_limit) == std::future_status::ready));
  auto reason = end.get();
  BOOST_TEST(brief(reason) == "connection_lost (session)");
  BOOST_TEST(failure_of(reason).cause.find("keepalive") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(probing, fixture)

BOOST_AUTO_TEST_CASE(a_probe_is_answered_when_the_peer_is_there) {
  for (auto interval : {"30s", "0s"}) {
    BOOST_TEST_CONTEXT(interval) {
      auto session = open(interval, "3");
      for (int i = 0; i < 10; ++i)
        BOOST_TEST(brief(client.probe(session)) == "ok");
      check_works(session);
    }
  }
}

BOOST_AUTO_TEST_CASE(dropbear_answers_probes_and_keepalives_too) {
  dropbear_server dropbear;
  auto params = params_of(dropbear.address(), dropbear.port(),
                          dropbear.login());
  params.password = secret{dropbear.password()};
  params.extras["host_key_policy"] = "off";
  auto patient = required(client.open(with_keepalive(params, "50ms", "100")));
  auto impatient = required(client.open(with_keepalive(params, "200ms", "3")));
  auto before = bytes_sent_to(dropbear.port());
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(brief(client.probe(patient)) == "ok");
  BOOST_TEST(eventually([&] {
    return bytes_sent_to(dropbear.port()) > before + 30 * request_size;
  }));
  check_works(patient);
  check_works(impatient);
  auto end = transport_client::end_of(impatient);
  dropbear.signal_sessions(SIGSTOP);
  check_lost(std::move(end));
  dropbear.signal_sessions(SIGCONT);
  check_works(patient);
}

BOOST_AUTO_TEST_CASE(one_that_answers_no_keepalive_is_not_lost) {
  lab::server devices;
  auto device = devices.at(0);
  device.set(lab::fault::odd_keepalive);
  auto odd = required(
    client.open(with_keepalive(params_of_device(device), "50ms", "3")));
  auto end = transport_client::end_of(odd);
  // Asked once, and silent for longer than it would be given.
  auto impatient = open_impatient();
  auto clock = transport_client::end_of(impatient);
  ssh.server.signal_sessions(SIGSTOP);
  check_lost(std::move(clock));
  BOOST_TEST(is_there(end));
  BOOST_TEST(brief(client.execute(odd, "echo here")) == "ok");
  // Nor are its probes in vain.
  BOOST_TEST(brief(client.probe(odd)) == "ok");
  BOOST_TEST(brief(client.probe(odd)) == "ok");
}

BOOST_AUTO_TEST_CASE(one_that_answers_no_keepalive_is_lost_when_it_stops) {
  lab::server devices;
  auto device = devices.at(0);
  device.set(lab::fault::odd_keepalive);
  auto odd = required(
    client.open(with_keepalive(params_of_device(device), "200ms", "3")));
  // The first question is never over; the next ones are others.
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(brief(client.probe(odd)) == "ok");
  auto end = transport_client::end_of(odd);
  device.set(lab::fault::freeze);
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(a_frozen_device_is_lost) {
  lab::server devices;
  auto device = devices.at(0);
  auto session = required(
    client.open(with_keepalive(params_of_device(device), "200ms", "3")));
  BOOST_TEST(brief(client.probe(session)) == "ok");
  auto end = transport_client::end_of(session);
  device.set(lab::fault::freeze);
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(a_probe_of_a_peer_that_stopped_is_answered_with_the_loss) {
  auto session = open_impatient();
  auto end = transport_client::end_of(session);
  ssh.server.signal_sessions(SIGSTOP);
  auto first = client.start_probe(session);
  auto second = client.start_probe(session);
  BOOST_TEST(brief(take<void>(std::move(first)))
             == "connection_lost (session)");
  BOOST_TEST(brief(take<void>(std::move(second)))
             == "connection_lost (session)");
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(probes_at_once_share_one_request) {
  auto session = open("0s", "3");
  ssh.server.signal_sessions(SIGSTOP);
  auto before = sent();
  std::vector<decltype(client.start_probe(session))> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(client.start_probe(session));
  pass_through(session);
  BOOST_TEST(sent() - before == request_size);
  ssh.server.signal_sessions(SIGCONT);
  for (auto& answer : answers)
    BOOST_TEST(brief(take<void>(std::move(answer))) == "ok");
  BOOST_TEST(sent() - before == request_size);
}

BOOST_AUTO_TEST_CASE(probes_are_answered_while_commands_run) {
  auto session = open("30s", "3");
  auto silent = start(session, command("sleep 60"), "sleep");
  auto bulk = client.start_execute(session,
                                   command("head -c 50000000 /dev/zero"));
  auto input = command("cat");
  input.attributes["stdin"] = std::string(4 * 1024 * 1024, 'x');
  auto echo = client.start_execute(session, input);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(brief(client.probe(session)) == "ok");
  auto zeros = take<reply>(std::move(bulk));
  BOOST_TEST_REQUIRE(brief(zeros) == "ok");
  BOOST_TEST(zeros->output.size() == 50'000'000);
  auto echoed = take<reply>(std::move(echo));
  BOOST_TEST_REQUIRE(brief(echoed) == "ok");
  BOOST_TEST((echoed->output == input.attributes["stdin"]));
  end_sleep();
  BOOST_TEST(brief(take<reply>(std::move(silent))) == "ok");
}

BOOST_AUTO_TEST_CASE(a_probe_of_what_is_not_open_is_an_error) {
  auto session = client.make();
  BOOST_TEST(brief(client.probe(session)) == "not_open (session)");
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(closing_answers_probes) {
  auto session = open("30s", "3");
  auto end = transport_client::end_of(session);
  ssh.server.signal_sessions(SIGSTOP);
  // Keeps the session closing for a while.
  auto what = command("cat");
  what.attributes["stdin"] = std::string(16 * 1024 * 1024, 'x');
  auto answer = client.start_execute(session, what);
  auto before = client.start_probe(session);
  auto closed = client.start_close(session);
  BOOST_TEST(brief(take<void>(std::move(before))) == "closed (close)");
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "closed (close)");
  BOOST_TEST(brief(take<void>(std::move(closed))) == "ok");
  BOOST_TEST((end.wait_for(hang_limit) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(an_exit_message_answers_probes) {
  auto session = open("30s", "3");
  ssh.server.signal_sessions(SIGSTOP);
  auto probe = client.start_probe(session);
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
  BOOST_TEST(brief(take<void>(std::move(probe))) == "canceled (session)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
