#include "ssh/lab_device.hpp"
#include "ssh/ssh_manager.hpp"
#include "support/test_sink.hpp"

#include <tieline/lab/lab.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

using lab::fault;

request with(request what, const std::string& name, std::string value) {
  what.attributes[name] = std::move(value);
  return what;
}

std::string detail_of(const caf::expected<reply>& x, const std::string& name) {
  return x ? "" : failure_of(x.error()).details[name];
}

/// One device and a client of it.
struct one_device {
  explicit one_device(lab::options how = {}) : server(std::move(how)) {
    // nop
  }

  lab::server server;
  lab::device device = server.at(0);
  ssh_client client;

  transport_actor open(std::map<std::string, std::string> extras = {}) {
    auto params = params_of_device(device);
    params.extras.merge(std::move(extras));
    return required(client.open(params));
  }

  caf::expected<reply> run(const transport_actor& session, request what,
                           caf::timespan timeout = 5s) {
    what.timeout = timeout;
    return client.execute(session, std::move(what));
  }

  caf::expected<reply> run(fault what, const std::string& line) {
    device.set(what);
    return run(open(), command(line));
  }
};

lab::options with_channels(std::size_t most) {
  lab::options result;
  result.max_channels = most;
  return result;
}

struct two_channels : one_device {
  two_channels() : one_device(with_channels(2)) {
    // nop
  }
};

struct no_channels : one_device {
  no_channels() : one_device(with_channels(0)) {
    // nop
  }
};

/// A device that ends each connection with its first command.
struct one_command : ssh_manager {
  one_command() {
    device.set(fault::one_command);
  }

  lab::server server;
  lab::device device = server.at(0);

  connection_actor open_device() {
    return required(open(params_of_device(device)));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(device_test)

BOOST_FIXTURE_TEST_SUITE(the_end_of_input, one_device)

BOOST_AUTO_TEST_CASE(a_device_that_hangs_up_at_it_has_sent_its_output_by_then) {
  device.set(fault::slow_command, 200);
  auto answer = run(fault::drop_on_eof, "echo here");
  BOOST_TEST_REQUIRE(brief(answer) == "ok");
  BOOST_TEST(answer->output == "here\n");
}

BOOST_AUTO_TEST_CASE(at_once_is_what_such_a_device_cannot_stand) {
  device.set(fault::slow_command, 200);
  device.set(fault::drop_on_eof);
  auto what = with(command("echo here"), "stdin-eof", "at_once");
  BOOST_TEST(brief(run(open(), what)) == "connection_lost (execute)");
}

BOOST_AUTO_TEST_CASE(never_leaves_a_slow_command_alone) {
  device.set(fault::slow_command, 1500);
  device.set(fault::drop_on_eof);
  auto what = with(command("echo here"), "stdin-eof", "never");
  BOOST_TEST(brief(run(open(), what)) == "ok");
  BOOST_TEST(brief(run(open({{"stdin_eof", "never"}}), command("echo here")))
             == "ok");
}

BOOST_AUTO_TEST_CASE(a_command_that_reads_until_then_ends_all_the_same) {
  auto session = open();
  BOOST_TEST(brief(run(session, command("cat"))) == "ok");
  auto answer = run(session, with(command("cat"), "stdin", "text"));
  BOOST_TEST_REQUIRE(brief(answer) == "ok");
  BOOST_TEST(answer->output == "text");
  BOOST_TEST(
    brief(run(session, with(command("cat"), "stdin-eof", "never"), 500ms))
    == "timeout (execute)");
}

BOOST_AUTO_TEST_CASE(another_word_for_it_is_refused) {
  auto what = with(command("cat"), "stdin-eof", "soon");
  auto answer = run(open(), what);
  BOOST_TEST(brief(answer) == "invalid_request (execute)");
  BOOST_TEST(cause_of(answer)
             == "attributes.stdin-eof: must be one of late, at_once, never, "
                "not 'soon'");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(the_end_of_a_command, one_device)

BOOST_AUTO_TEST_CASE(without_an_exit_status_the_output_is_the_answer) {
  auto answer = run(fault::no_exit_status, "echo here");
  BOOST_TEST_REQUIRE(brief(answer) == "ok");
  BOOST_TEST(answer->output == "here\n");
  BOOST_TEST(answer->status == -1);
  BOOST_TEST(answer->attributes["exit_status"] == "none");
  BOOST_TEST(answer->attributes.count("exit_signal") == 0u);
}

BOOST_AUTO_TEST_CASE(a_signal_is_none_of_that) {
  auto answer = run(open(), command("kill-signal TERM"));
  BOOST_TEST_REQUIRE(brief(answer) == "ok");
  BOOST_TEST(answer->attributes["exit_signal"] == "TERM");
  BOOST_TEST(answer->attributes.count("exit_status") == 0u);
}

BOOST_AUTO_TEST_CASE(silence_after_the_end_of_output_is_the_end) {
  device.set(fault::half_close);
  auto session = open();
  auto answer = run(session, command("echo here"));
  BOOST_TEST_REQUIRE(brief(answer) == "ok");
  BOOST_TEST(answer->output == "here\n");
  BOOST_TEST(answer->attributes["exit_status"] == "none");
  device.clear(fault::half_close);
  BOOST_TEST(brief(run(session, command("echo on"))) == "ok");
}

BOOST_AUTO_TEST_CASE(what_came_before_a_timeout_is_in_the_error) {
  ssh_fixture ssh;
  auto session = required(client.open(ssh.with_key()));
  auto answer = run(session, command("echo out; echo err >&2; sleep 60"),
                    500ms);
  BOOST_TEST(brief(answer) == "timeout (execute)");
  BOOST_TEST(detail_of(answer, "output") == "out\n");
  BOOST_TEST(detail_of(answer, "error_output") == "err\n");
}

BOOST_AUTO_TEST_CASE(what_came_before_a_loss_is_in_the_error) {
  device.set(fault::drop_after_bytes, 10);
  auto answer = run(open(), command("bytes 1000"));
  BOOST_TEST(brief(answer) == "connection_lost (execute)");
  BOOST_TEST(detail_of(answer, "output").size() == 10u);
  BOOST_TEST(detail_of(answer, "begun") == "");
}

BOOST_AUTO_TEST_CASE(a_close_instead_of_an_answer_is_a_refusal_at_once) {
  auto answer = run(fault::close_on_exec, "echo here");
  BOOST_TEST(brief(answer) == "channel_refused (channel)");
  BOOST_TEST(cause_of(answer)
             == "the server closed the channel instead of answering");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_server_that_sends_on_and_on, one_device)

BOOST_AUTO_TEST_CASE(what_nobody_asked_for_ends_the_session) {
  for (auto what : {fault::flood_ignore, fault::flood_opens}) {
    BOOST_TEST_CONTEXT(lab::to_string(what)) {
      device.set(what);
      auto session = client.open(params_of_device(device));
      // The flood may be over before the login is.
      if (session) {
        auto end = transport_client::end_of(*session);
        BOOST_TEST_REQUIRE(
          (end.wait_for(hang_limit) == std::future_status::ready));
        BOOST_TEST(brief(end.get()) == "protocol_error (session)");
      } else {
        BOOST_TEST(brief(session).find("protocol_error") == 0u);
      }
      device.heal();
    }
  }
}

BOOST_AUTO_TEST_CASE(requests_to_a_command_end_the_session_too) {
  device.set(fault::flood_requests);
  device.set(fault::slow_command, 3'600'000);
  auto answer = run(open(), command("echo here"), 1h);
  BOOST_TEST(brief(answer) == "protocol_error (execute)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(places_for_commands)

BOOST_FIXTURE_TEST_CASE(commands_beyond_what_the_server_takes_wait,
                        two_channels) {
  auto session = open();
  std::vector<decltype(client.start_execute(session, {}))> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(
      client.start_execute(session, command("echo " + std::to_string(i))));
  for (int i = 0; i < 20; ++i) {
    auto answer = take<reply>(std::move(answers[i]));
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->output == std::to_string(i) + "\n");
  }
  BOOST_TEST(device.count().execs == 20u);
}

BOOST_FIXTURE_TEST_CASE(where_none_runs_a_refusal_is_told, no_channels) {
  auto session = open();
  auto first = client.start_execute(session, command("echo here"));
  BOOST_TEST(brief(run(session, command("echo here")))
             == "channel_refused (channel)");
  BOOST_TEST(brief(take<reply>(std::move(first)))
             == "channel_refused (channel)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_device_for_one_command, one_command)

BOOST_AUTO_TEST_CASE(commands_in_a_row_wait_for_no_backoff) {
  event_log events{*this};
  auto connection = open_device();
  for (int i = 0; i < 14; ++i)
    BOOST_TEST(brief(execute(connection, "echo here")) == "ok");
  // Not even one: the default backoff is a second, and grows.
  BOOST_TEST(events.count(event_kind::backoff) == 0u);
  BOOST_TEST(device.count().execs == 14u);
}

BOOST_AUTO_TEST_CASE(commands_that_had_not_begun_run_on_the_next_sessions) {
  auto connection = open_device();
  std::vector<decltype(start(connection, ""))> answers;
  for (int i = 0; i < 14; ++i)
    answers.push_back(start(connection, "echo " + std::to_string(i)));
  for (int i = 0; i < 14; ++i) {
    auto answer = take<reply>(std::move(answers[i]));
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->output == std::to_string(i) + "\n");
  }
  BOOST_TEST(device.count().execs == 14u);
}

BOOST_AUTO_TEST_CASE(a_slow_sink_gets_all_that_came_before_the_end) {
  // More than a sink is sent unanswered and libssh reads at once; but not so
  // much that we tell of a new window, since that ends in a reset, too, which
  // drops what the device's kernel has not sent yet.
  constexpr size_t much = 500'000;
  auto connection = open_device();
  test_sink sink{client.system(), false};
  auto what = command("bytes " + std::to_string(much));
  what.sink = sink.handle();
  auto answer = manager_client::start(connection, what);
  BOOST_TEST(eventually([&] { return sink.count() > 0; }));
  BOOST_TEST(eventually([&] { return device.count().live == 0; }));
  sink.release();
  BOOST_TEST(brief(take<reply>(std::move(answer))) == "ok");
  BOOST_TEST(sink.output().size() == much);
}

BOOST_AUTO_TEST_CASE(that_it_is_so_is_learned_and_forgotten) {
  auto connection = open_device();
  auto concurrency = [&] {
    auto fresh = client.make();
    auto traits = take<session_traits>(
      client.start_open(fresh, params_of_device(device)));
    return required(std::move(traits)).concurrency;
  };
  BOOST_TEST(concurrency() == 8u);
  BOOST_TEST(brief(execute(connection, "echo here")) == "ok");
  BOOST_TEST(becomes(connection_state::closed));
  BOOST_TEST(concurrency() == 1u);
  device.heal();
  BOOST_TEST(brief(execute(connection, "echo here")) == "ok");
  BOOST_TEST(brief(execute(connection, "echo here")) == "ok");
  BOOST_TEST(eventually([&] { return concurrency() == 8u; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
