#include "ssh/ssh_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

constexpr size_t megabyte = 1024 * 1024;

struct fixture {
  ssh_fixture fixture{configured({{"MaxSessions", "10"}})};
  ssh_client client;
  transport_actor session = required(client.open(fixture.with_key()));

  auto execute(request what) {
    return client.execute(session, std::move(what));
  }

  /// Sends all at once and returns all outcomes in order.
  std::vector<caf::expected<reply>>
  execute_at_once(const transport_actor& where,
                  const std::vector<std::string>& commands) {
    std::vector<decltype(client.start_execute(where, {}))> answers;
    for (auto& line : commands)
      answers.push_back(client.start_execute(where, command(line)));
    std::vector<caf::expected<reply>> result;
    for (auto& answer : answers)
      result.push_back(take<reply>(std::move(answer)));
    return result;
  }

  transport_actor open_with_channels(const std::string& limit) {
    auto params = fixture.with_key();
    params.extras["max_channels"] = limit;
    return required(client.open(params));
  }

  bool usable() {
    auto answer = execute(command("echo still here"));
    BOOST_TEST_INFO(brief(answer));
    return answer && answer->output == "still here\n";
  }
};

// Text in which every position is recognizable.
std::string numbered_lines(size_t size) {
  std::string result;
  for (size_t i = 0; result.size() < size; ++i)
    result += std::to_string(i) + "\n";
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(exec_test)

BOOST_FIXTURE_TEST_SUITE(commands, fixture)

BOOST_AUTO_TEST_CASE(output_and_error_output_are_kept_apart) {
  auto answer = required(execute(command("echo out; echo err >&2; exit 3")));
  BOOST_TEST(answer.output == "out\n");
  BOOST_TEST(answer.error_output == "err\n");
  BOOST_TEST(answer.status == 3);
  BOOST_TEST(answer.elapsed.count() > 0);
}

BOOST_AUTO_TEST_CASE(every_exit_status_comes_through) {
  for (auto status : {0, 1, 127, 255}) {
    auto line = "exit " + std::to_string(status);
    BOOST_TEST(required(execute(command(line))).status == status);
  }
}

BOOST_AUTO_TEST_CASE(a_signal_that_ends_the_command_is_told) {
  auto answer = required(execute(command("kill -TERM $$")));
  BOOST_TEST(answer.status == -1);
  BOOST_TEST(answer.attributes["exit_signal"] == "TERM");
}

BOOST_AUTO_TEST_CASE(bytes_come_through_as_they_are) {
  auto answer = required(execute(command("printf 'a\\000b\\377\\r\\n'")));
  BOOST_TEST(answer.output == std::string("a\0b\377\r\n", 6));
}

BOOST_AUTO_TEST_CASE(a_command_without_input_sees_its_end) {
  auto answer = required(execute(command("cat; echo end")));
  BOOST_TEST(answer.output == "end\n");
}

BOOST_AUTO_TEST_CASE(five_megabytes_go_through_cat_and_come_back) {
  auto what = command("cat");
  what.attributes["stdin"] = numbered_lines(5 * megabyte);
  auto answer = required(execute(what));
  BOOST_TEST(answer.output.size() == what.attributes["stdin"].size());
  BOOST_TEST((answer.output == what.attributes["stdin"]));
}

BOOST_AUTO_TEST_CASE(a_command_that_ignores_its_input_ends_all_the_same) {
  auto what = command("exit 7");
  what.attributes["stdin"] = numbered_lines(8 * megabyte);
  BOOST_TEST(required(execute(what)).status == 7);
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(fifty_megabytes_of_output_arrive) {
  auto answer
    = required(execute(command("head -c 52428800 /dev/zero; echo tail >&2")));
  BOOST_TEST(answer.output.size() == 50 * megabyte);
  BOOST_TEST(answer.error_output == "tail\n");
}

BOOST_AUTO_TEST_CASE(output_beyond_its_limit_is_an_error_of_that_request_only) {
  auto what = command("cat /dev/zero");
  what.output_limit = megabyte;
  BOOST_TEST(brief(execute(what)) == "output_limit (execute)");
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(error_output_counts_towards_the_limit) {
  auto what = command("head -c 600 /dev/zero; head -c 600 /dev/zero >&2");
  what.output_limit = 1000;
  BOOST_TEST(brief(execute(what)) == "output_limit (execute)");
  what.output_limit = 1200;
  BOOST_TEST(brief(execute(what)) == "ok");
}

BOOST_AUTO_TEST_CASE(a_command_out_of_time_is_an_error_of_that_request_only) {
  auto what = command("sleep 60");
  what.timeout = std::chrono::milliseconds{200};
  BOOST_TEST(brief(execute(what)) == "timeout (execute)");
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(what_a_request_cannot_mean_is_refused) {
  auto what = command("true");
  what.attributes["no-such-attribute"] = "x";
  BOOST_TEST(brief(execute(what)) == "invalid_request (execute)");
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(eight_channels_work_at_once) {
  // Each waits for all others, so one after another they would never end.
  std::vector<std::string> lines;
  for (int i = 0; i < 8; ++i)
    lines.push_back("touch met." + std::to_string(i)
                    + "; until [ $(ls met.* | wc -l) = 8 ]; do sleep 0.01;"
                      " done; echo "
                    + std::to_string(i));
  auto session = open_with_channels("8");
  auto answers = execute_at_once(session, lines);
  for (int i = 0; i < 8; ++i) {
    BOOST_TEST_REQUIRE(brief(answers[i]) == "ok");
    BOOST_TEST(answers[i]->output == std::to_string(i) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(requests_beyond_max_channels_wait_their_turn) {
  auto session = open_with_channels("2");
  // A third one at the same time would see more than two marks.
  std::string line = "touch mark.$$; ls mark.* | wc -l; sleep 0.02; rm mark.$$";
  auto answers = execute_at_once(session, std::vector<std::string>(20, line));
  for (auto& answer : answers) {
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(std::stoi(answer->output) <= 2);
  }
}

BOOST_AUTO_TEST_CASE(a_queued_request_that_times_out_leaves_the_queue) {
  auto session = open_with_channels("1");
  auto first = client.start_execute(session, command("sleep 1; echo first"));
  auto hurried = command("touch was-run");
  hurried.timeout = std::chrono::milliseconds{100};
  BOOST_TEST(brief(client.execute(session, hurried)) == "timeout (channel)");
  BOOST_TEST(required(take<reply>(std::move(first))).output == "first\n");
  BOOST_TEST(required(client.execute(session, "ls was-run")).status != 0);
}

BOOST_AUTO_TEST_CASE(commands_that_the_server_has_no_place_for_wait) {
  auto session = open_with_channels("30");
  // The server takes 10.
  auto answers = execute_at_once(session,
                                 std::vector<std::string>(30, "sleep 0.2"));
  for (auto& answer : answers)
    BOOST_TEST(brief(answer) == "ok");
}

BOOST_AUTO_TEST_CASE(a_server_for_one_command_at_a_time_runs_many) {
  ssh_fixture one{configured({{"MaxSessions", "1"}})};
  auto session = required(client.open(one.with_key()));
  auto answers = execute_at_once(session,
                                 std::vector<std::string>(20, "echo x"));
  for (auto& answer : answers)
    BOOST_TEST(brief(answer) == "ok");
}

BOOST_AUTO_TEST_CASE(a_server_for_no_command_at_all_refuses) {
  ssh_fixture none{configured({{"MaxSessions", "0"}})};
  auto session = required(client.open(none.with_key()));
  auto answers = execute_at_once(session,
                                 std::vector<std::string>(3, "echo x"));
  for (auto& answer : answers)
    BOOST_TEST(brief(answer) == "channel_refused (channel)");
}

BOOST_AUTO_TEST_CASE(a_session_closes_in_good_order) {
  auto ended = transport_client::end_of(session);
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
  BOOST_TEST(brief(execute(command("true"))) != "ok");
  BOOST_TEST(
    eventually([this] { return fixture.server.session_processes().empty(); }));
}

BOOST_AUTO_TEST_CASE(closing_answers_what_is_in_flight_with_an_error) {
  auto running = client.start_execute(session, command("sleep 60"));
  BOOST_TEST(brief(client.close(session)) == "ok");
  auto answer = take<reply>(std::move(running));
  BOOST_TEST(brief(answer).find("closed") == 0);
}

BOOST_AUTO_TEST_CASE(a_thousand_commands_on_one_session) {
  for (int i = 0; i < 10; ++i) {
    auto answers = execute_at_once(session,
                                   std::vector<std::string>(100, "echo x"));
    for (auto& answer : answers)
      BOOST_TEST_REQUIRE(brief(answer) == "ok");
  }
  // Channels are given back.
  BOOST_TEST(usable());
}

BOOST_AUTO_TEST_CASE(rekeying_in_the_middle_disturbs_nobody) {
  ssh_fixture other{configured({{"RekeyLimit", "1M"}})};
  auto session = required(client.open(other.with_key()));
  auto what = command("cat");
  what.attributes["stdin"] = numbered_lines(8 * megabyte);
  auto answer = client.execute(session, what);
  BOOST_TEST_REQUIRE(brief(answer) == "ok");
  BOOST_TEST((answer->output == what.attributes["stdin"]));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
