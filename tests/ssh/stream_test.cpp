#include "ssh/ssh_fixture.hpp"
#include "support/leak_check.hpp"
#include "support/tcp_traffic.hpp"
#include "support/temp_dir.hpp"
#include "support/test_sink.hpp"

#include <tieline/transports/ssh/carrier.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <future>
#include <optional>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

constexpr size_t megabyte = 1024 * 1024;

struct fixture {
  ssh_fixture ssh{
    configured({{"Subsystem", "echo /bin/cat"}, {"MaxSessions", "4"}})};
  ssh_client client;
  transport_actor session = required(client.open(ssh.with_key()));
  leak_check leaks{&client.system()};

  auto start(std::string line, const test_sink& to,
             caf::timespan timeout = {}) {
    auto what = command(std::move(line));
    what.sink = to.handle();
    what.timeout = timeout;
    return client.start_execute(session, std::move(what));
  }

  carrier_actor carrier() const {
    return caf::actor_cast<carrier_actor>(session);
  }

  auto start_subsystem(const std::string& name, const test_sink& to) {
    return compat::request(client.self().ptr(), carrier(), hang_limit,
                           subsystem_atom_v, name, to.handle());
  }

  auto start_put(std::string input) {
    return compat::request(client.self().ptr(), carrier(), hang_limit,
                           put_atom_v, std::move(input));
  }

  bool usable() {
    auto answer = client.execute(session, command("echo still here"));
    BOOST_TEST_INFO(brief(answer));
    return answer && answer->output == "still here\n";
  }

  /// Returns how often a program of this name runs on the server.
  size_t running(const char* program) const {
    return ssh.server.session_processes(program).size();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(stream_test)

BOOST_FIXTURE_TEST_SUITE(outputs, fixture)

BOOST_AUTO_TEST_CASE(output_comes_while_the_command_runs) {
  test_sink sink{client.system()};
  auto answer = start("echo one; echo two >&2; exec sleep 1000", sink);
  BOOST_TEST(eventually([&] {
    return sink.output() == "one\n" && sink.error_output() == "two\n";
  }));
  for (auto pid : ssh.server.session_processes("sleep"))
    kill(pid, SIGTERM);
  auto result = take<reply>(std::move(answer));
  BOOST_TEST_REQUIRE(brief(result) == "ok");
  BOOST_TEST(result->attributes["exit_signal"] == "TERM");
  BOOST_TEST(result->output == "");
  BOOST_TEST(result->error_output == "");
}

BOOST_AUTO_TEST_CASE(the_reply_comes_after_the_last_chunk_was_taken) {
  test_sink sink{client.system(), false};
  auto answer = start("echo all; exit 3", sink);
  BOOST_TEST(eventually([&] { return sink.output() == "all\n"; }));
  // Time for a reply that would not wait.
  BOOST_TEST(usable());
  sink.release();
  auto result = take<reply>(std::move(answer));
  BOOST_TEST_REQUIRE(brief(result) == "ok");
  BOOST_TEST(result->status == 3);
}

BOOST_AUTO_TEST_CASE(much_output_comes_whole_and_in_order) {
  test_sink sink{client.system()};
  auto result = take<reply>(start("seq 1 3000000", sink));
  BOOST_TEST_REQUIRE(brief(result) == "ok");
  std::string expected;
  for (int i = 1; i <= 3000000; ++i)
    expected += std::to_string(i) + "\n";
  BOOST_TEST((sink.output() == expected));
  BOOST_TEST(sink.count() > 1u);
}

BOOST_AUTO_TEST_CASE(a_slow_sink_holds_the_command_back_and_nobody_else) {
  test_sink sink{client.system(), false};
  auto answer = start("head -c 100000000 /dev/zero", sink);
  BOOST_TEST(eventually([&] { return sink.count() > 0; }));
  for (int i = 0; i < 20; ++i)
    BOOST_TEST_REQUIRE(usable());
  // What is unanswered, what libssh keeps, and no more.
  BOOST_TEST(sink.output().size() < 4 * megabyte);
  BOOST_TEST(running("head") == 1u);
  sink.release();
  auto result = take<reply>(std::move(answer));
  BOOST_TEST_REQUIRE(brief(result) == "ok");
  BOOST_TEST(sink.output().size() == 100000000u);
}

BOOST_AUTO_TEST_CASE(a_sink_that_is_none_cancels_the_command) {
  auto what = command("exec sleep 1000");
  what.sink = sink_actor{};
  BOOST_TEST(brief(client.execute(session, what)) == "canceled (execute)");
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(a_sink_that_ends_cancels_the_command) {
  test_sink sink{client.system()};
  auto answer = start("echo on; exec sleep 1000", sink);
  BOOST_TEST(eventually([&] { return running("sleep") == 1; }));
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "canceled (execute)");
  BOOST_TEST(eventually([&] { return running("sleep") == 0; }));
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(a_sink_that_ends_while_it_holds_back_cancels) {
  test_sink sink{client.system(), false};
  auto answer = start("exec cat /dev/zero", sink);
  BOOST_TEST(eventually([&] { return sink.count() > 0; }));
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "canceled (execute)");
  BOOST_TEST(eventually([&] { return running("cat") == 0; }));
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(a_sink_that_ends_cancels_a_command_that_waits) {
  auto params = ssh.with_key();
  params.extras["max_channels"] = "1";
  session = required(client.open(params));
  auto first = client.start_execute(session, command("exec sleep 1000"));
  BOOST_TEST(eventually([&] { return running("sleep") == 1; }));
  test_sink sink{client.system()};
  auto answer = start("exec sleep 1000", sink);
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "canceled (execute)");
  BOOST_TEST(running("sleep") == 1u);
  for (auto pid : ssh.server.session_processes("sleep"))
    kill(pid, SIGTERM);
  BOOST_TEST(brief(take<reply>(std::move(first))) == "ok");
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(a_canceled_command_is_ended_on_the_host) {
  auto what = command("exec sleep 1000");
  what.number = 7;
  auto answer = client.start_execute(session, what);
  BOOST_TEST(eventually([&] { return running("sleep") == 1; }));
  compat::anon_send(caf::actor_cast<cancelable_transport_actor>(session),
                    cancel_atom_v, uint64_t{7});
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "canceled (execute)");
  BOOST_TEST(eventually([&] { return running("sleep") == 0; }));
  BOOST_TEST(usable());
}

// What libssh keeps may be read up, and more come in the same call, when there
// is room for a part of that only.
BOOST_AUTO_TEST_CASE(output_that_comes_when_there_is_little_room_is_not_lost) {
  temp_dir dir;
  auto more = dir / "more";
  test_sink sink{client.system(), false};
  auto answer = start(
    "x=$(head -c 1000 /dev/zero | tr '\\0' x); i=0; "
    "while [ $i -lt 262 ]; do printf %s $x; i=$((i+1)); sleep 0.002; done; "
    "printf 0123456789; "
    "while ! [ -e "
      + more
      + " ]; do sleep 0.01; done; "
        "for i in 1 2 3 4; do printf %s $x; sleep 0.02; done",
    sink);
  // All but the last ten bytes: then there is no room.
  BOOST_TEST(eventually([&] { return sink.output().size() == 262000; }));
  BOOST_TEST(usable());
  // Has the session find an answer of the sink and output at once.
  std::promise<void> both;
  compat::post(caf::actor_cast<caf::strong_actor_ptr>(session),
               caf::make_action([there = both.get_future().share()] {
                 there.wait_for(hang_limit);
               }));
  sink.release_one();
  write_file(more, "");
  BOOST_TEST(
    eventually([&] { return bytes_unread_from(ssh.server.port()) > 4000; }));
  both.set_value();
  BOOST_TEST(eventually([&] { return sink.output().size() > 262000; }));
  sink.release();
  BOOST_TEST_REQUIRE(brief(take<reply>(std::move(answer))) == "ok");
  BOOST_TEST(sink.output().size() == 266010u);
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_a_stream) {
  test_sink sink{client.system(), false};
  auto answer = start("exec cat /dev/zero", sink,
                      std::chrono::milliseconds{300});
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "timeout (execute)");
  BOOST_TEST(eventually([&] { return running("cat") == 0; }));
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(a_limit_ends_a_stream) {
  test_sink sink{client.system()};
  auto what = command("exec cat /dev/zero");
  what.sink = sink.handle();
  what.output_limit = 10 * megabyte;
  BOOST_TEST(brief(client.execute(session, what)) == "output_limit (execute)");
  BOOST_TEST(sink.output().size() <= 10 * megabyte);
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(the_loss_of_the_session_ends_streams) {
  test_sink sink{client.system()};
  auto answer = start("echo on; exec sleep 1000", sink);
  BOOST_TEST(eventually([&] { return sink.output() == "on\n"; }));
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(answer)))
             == "connection_lost (execute)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(subsystems, fixture)

BOOST_AUTO_TEST_CASE(both_ways) {
  test_sink sink{client.system()};
  auto end = start_subsystem("echo", sink);
  BOOST_TEST(brief(take<void>(start_put("one "))) == "ok");
  BOOST_TEST(brief(take<void>(start_put("two"))) == "ok");
  BOOST_TEST(eventually([&] { return sink.output() == "one two"; }));
  for (auto pid : ssh.server.session_processes("cat"))
    kill(pid, SIGTERM);
  BOOST_TEST(brief(take<reply>(std::move(end))) == "ok");
  BOOST_TEST(brief(take<void>(start_put("late"))) == "canceled (execute)");
}

BOOST_AUTO_TEST_CASE(much_both_ways_while_commands_run) {
  test_sink sink{client.system()};
  auto end = start_subsystem("echo", sink);
  std::string input;
  for (size_t i = 0; input.size() < 20 * megabyte; ++i)
    input += std::to_string(i) + "\n";
  auto sent = start_put(input);
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(usable());
  BOOST_TEST(brief(take<void>(std::move(sent))) == "ok");
  BOOST_TEST(eventually([&] { return sink.output().size() == input.size(); }));
  BOOST_TEST((sink.output() == input));
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(end))) == "canceled (execute)");
}

BOOST_AUTO_TEST_CASE(a_put_waits_for_a_peer_that_does_not_read) {
  test_sink sink{client.system(), false};
  auto end = start_subsystem("echo", sink);
  auto sent = start_put(std::string(30 * megabyte, 'x'));
  BOOST_TEST(eventually([&] { return sink.count() > 0; }));
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(usable());
  BOOST_TEST(sink.output().size() < 4 * megabyte);
  sink.end();
  BOOST_TEST(brief(take<void>(std::move(sent))) == "canceled (execute)");
  BOOST_TEST(brief(take<reply>(std::move(end))) == "canceled (execute)");
  BOOST_TEST(eventually([&] { return running("cat") == 0; }));
}

BOOST_AUTO_TEST_CASE(one_that_the_server_does_not_have) {
  test_sink sink{client.system()};
  BOOST_TEST(brief(take<reply>(start_subsystem("nosuch", sink)))
             == "channel_refused (channel)");
  BOOST_TEST(brief(take<void>(start_put("x"))) == "canceled (execute)");
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(a_shell_has_a_terminal_of_its_size) {
  test_sink sink{client.system()};
  auto end = compat::request(client.self().ptr(), carrier(), hang_limit,
                             caf::spawn_atom_v, uint32_t{132}, uint32_t{50},
                             sink.handle());
  BOOST_TEST(brief(take<void>(start_put("stty size; exit 3\n"))) == "ok");
  auto answer = take<reply>(std::move(end));
  BOOST_TEST(brief(answer) == "ok");
  BOOST_TEST((answer && answer->status == 3));
  BOOST_TEST_CONTEXT(sink.output())
  BOOST_TEST((sink.output().find("50 132\r\n") != std::string::npos));
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(it_takes_no_place_of_a_command) {
  test_sink sink{client.system()};
  auto params = ssh.with_key();
  params.extras["max_channels"] = "1";
  session = required(client.open(params));
  auto end = start_subsystem("echo", sink);
  BOOST_TEST(usable());
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(end))) == "canceled (execute)");
}

BOOST_AUTO_TEST_CASE(the_loss_of_the_session_ends_it) {
  test_sink sink{client.system()};
  auto end = start_subsystem("echo", sink);
  BOOST_TEST(brief(take<void>(start_put("x"))) == "ok");
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(brief(take<reply>(std::move(end))) == "connection_lost (execute)");
}

BOOST_AUTO_TEST_CASE(a_close_waits_for_those_who_share_the_session) {
  test_sink sink{client.system()};
  auto ended = transport_client::end_of(session);
  auto end = start_subsystem("echo", sink);
  BOOST_TEST(brief(take<void>(start_put("x"))) == "ok");
  auto running = client.start_execute(session, command("sleep 1000"));
  BOOST_TEST(brief(client.close(session)) == "ok");
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
  BOOST_TEST(brief(take<reply>(std::move(running))) == "closed (close)");
  BOOST_TEST(brief(client.execute(session, "echo")) == "closed (execute)");
  BOOST_TEST(brief(client.close(session)) == "closed (close)");
  BOOST_TEST(brief(take<void>(start_put("y"))) == "ok");
  BOOST_TEST(eventually([&] { return sink.output() == "xy"; }));
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(end))) == "canceled (execute)");
  BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
  session = transport_actor{};
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sharing, fixture)

BOOST_AUTO_TEST_CASE(a_session_is_found_by_its_params) {
  auto factory = caf::actor_cast<ssh_factory_actor>(client.factory());
  auto find = [&](const std::string& host, const connection_params& params) {
    return required(take<std::optional<transport_actor>>(
      compat::request(client.self().ptr(), factory, hang_limit, share_atom_v,
                      connection_key{host, "any"}, params)));
  };
  auto params = ssh.with_key();
  auto found = find("test-host", params);
  BOOST_TEST_REQUIRE(found.has_value());
  BOOST_TEST((*found == session));
  BOOST_TEST(!find("other-host", params).has_value());
  params.password = secret{"another"};
  BOOST_TEST(!find("test-host", params).has_value());
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST(!find("test-host", ssh.with_key()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
