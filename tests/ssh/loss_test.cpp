#include "ssh/ssh_fixture.hpp"
#include "support/leak_check.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <future>
#include <optional>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  ssh_fixture ssh;
  ssh_client client;
  std::optional<leak_check> leaks;

  fixture() {
    // What all sessions share has come into being after the first.
    BOOST_TEST(brief(client.close(open())) == "ok");
    BOOST_TEST(
      eventually([this] { return ssh.server.session_processes().empty(); }));
    leaks.emplace(&client.system());
  }

  ~fixture() {
    BOOST_TEST(leaks->leaked() == "");
  }

  transport_actor open() {
    return required(client.open(ssh.with_key()));
  }

  /// Sends a request and returns its answer to be, once `program` runs.
  auto start(const transport_actor& session, request what,
             const std::string& program) {
    auto answer = client.start_execute(session, std::move(what));
    BOOST_TEST(eventually([&] { return runs(program); }));
    return answer;
  }

  bool runs(const std::string& program) {
    return !ssh.server.session_processes(program).empty();
  }
};

void check_lost(std::future<caf::error> end) {
  BOOST_TEST_REQUIRE((end.wait_for(hang_limit) == std::future_status::ready));
  BOOST_TEST(brief(end.get()) == "connection_lost (session)");
}

} // namespace

BOOST_AUTO_TEST_SUITE(loss_test)

BOOST_FIXTURE_TEST_SUITE(loss, fixture)

BOOST_AUTO_TEST_CASE(while_logging_in) {
  ssh_fixture stalling{
    configured({{"AuthorizedKeysCommand", "/bin/sleep 60"}})};
  auto params = stalling.params();
  params.extras["private_key_file"] = make_key(ssh.dir, "stranger").path;
  auto transport = client.make();
  auto opened = client.start_open(transport, params);
  BOOST_TEST(eventually(
    [&] { return !stalling.server.session_processes("sleep").empty(); }));
  stalling.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<session_traits>(std::move(opened)))
             == "connection_lost (authentication)");
  caf::anon_send_exit(transport, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(while_idle) {
  auto session = open();
  ssh.server.signal_sessions(SIGKILL);
  check_lost(transport_client::end_of(session));
}

BOOST_AUTO_TEST_CASE(while_a_command_runs) {
  auto session = open();
  auto end = transport_client::end_of(session);
  auto answer = start(session, command("sleep 60"), "sleep");
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (execute)");
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(while_output_streams) {
  auto session = open();
  auto end = transport_client::end_of(session);
  auto what = command("head -c 2000000000 /dev/zero");
  auto answer = start(session, what, "head");
  BOOST_TEST(eventually([&] {
    auto heads = ssh.server.session_processes("head");
    return heads.empty() || bytes_written_by(heads[0]) > 20'000'000;
  }));
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (execute)");
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(while_input_streams) {
  auto session = open();
  auto end = transport_client::end_of(session);
  // Takes nothing, so that windows and buffers are full.
  auto what = command("sleep 60");
  what.attributes["stdin"] = std::string(16 * 1024 * 1024, 'x');
  auto answer = start(session, what, "sleep");
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (execute)");
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(while_requests_wait_for_a_channel) {
  auto params = ssh.with_key();
  params.extras["max_channels"] = "1";
  auto session = required(client.open(params));
  auto end = transport_client::end_of(session);
  auto running = start(session, command("sleep 60"), "sleep");
  auto waiting = client.start_execute(session, command("true"));
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(running)))
             == "connection_lost (execute)");
  BOOST_TEST(brief(take<reply>(std::move(waiting)))
             == "connection_lost (execute)");
  check_lost(std::move(end));
}

BOOST_AUTO_TEST_CASE(while_many_sessions_work) {
  std::vector<transport_actor> sessions;
  std::vector<std::future<caf::error>> ends;
  for (int i = 0; i < 20; ++i) {
    sessions.push_back(open());
    ends.push_back(transport_client::end_of(sessions.back()));
  }
  std::vector<decltype(client.start_execute(sessions[0], {}))> answers;
  for (auto& session : sessions)
    answers.push_back(client.start_execute(session, command("sleep 60")));
  ssh.server.stop();
  for (auto& answer : answers)
    BOOST_TEST(brief(take<reply>(std::move(answer)))
               == "connection_lost (execute)");
  for (auto& end : ends)
    check_lost(std::move(end));
  BOOST_TEST(brief(client.open(ssh.with_key())) == "refused (connect)");
}

BOOST_AUTO_TEST_CASE(a_command_of_a_stopped_peer_times_out) {
  auto session = open();
  auto end = transport_client::end_of(session);
  ssh.server.signal_sessions(SIGSTOP);
  auto what = command("true");
  what.timeout = std::chrono::milliseconds{300};
  BOOST_TEST(brief(client.execute(session, what)) == "timeout (channel)");
  // Nothing was lost but that request.
  ssh.server.signal_sessions(SIGCONT);
  auto answer = client.execute(session, "echo awake");
  BOOST_TEST(brief(answer) == "ok");
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST((end.wait_for(hang_limit) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(closing_does_not_wait_for_a_stopped_peer_for_ever) {
  auto session = open();
  auto end = transport_client::end_of(session);
  auto what = command("cat");
  what.attributes["stdin"] = std::string(16 * 1024 * 1024, 'x');
  ssh.server.signal_sessions(SIGSTOP);
  auto answer = client.start_execute(session, what);
  // Answered, in whatever way, before the limit of a hang.
  auto closed = client.close(session);
  BOOST_TEST((closed || code_of(closed.error()) != errc::none));
  BOOST_TEST(brief(take<reply>(std::move(answer))) != "ok");
  BOOST_TEST((end.wait_for(hang_limit) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(aborting_needs_no_word_from_a_stopped_peer) {
  auto session = open();
  auto end = transport_client::end_of(session);
  ssh.server.signal_sessions(SIGSTOP);
  auto answer = client.start_execute(session, command("true"));
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
  BOOST_TEST(brief(take<reply>(std::move(answer))) != "ok");
  BOOST_TEST((end.wait_for(hang_limit) == std::future_status::ready));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
