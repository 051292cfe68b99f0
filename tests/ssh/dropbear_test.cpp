#include "ssh/ssh_fixture.hpp"
#include "support/dropbear_server.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  // -B lets the guest in, who has an empty password.
  dropbear_server server{{"-B"}};
  temp_dir dir;
  ssh_client client;

  connection_params params() {
    auto result = params_of(server.address(), server.port(), server.login());
    result.extras["known_hosts"] = dir.write("known_hosts",
                                             server.known_hosts());
    return result;
  }

  connection_params with_password() {
    auto result = params();
    result.password = secret{server.password()};
    return result;
  }

  void check_login(const connection_params& params) {
    auto session = client.open(params);
    BOOST_TEST_REQUIRE(brief(session) == "ok", server.log());
    BOOST_TEST(required(client.execute(*session, "id -un")).output
               == params.username + "\n");
    BOOST_TEST(brief(client.close(*session)) == "ok");
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(dropbear_test)

BOOST_FIXTURE_TEST_SUITE(dropbear, fixture)

BOOST_AUTO_TEST_CASE(a_password_logs_in) {
  check_login(with_password());
}

BOOST_AUTO_TEST_CASE(a_key_logs_in) {
  for (auto type : {"ed25519", "ecdsa", "rsa"}) {
    BOOST_TEST_CONTEXT(type) {
      auto key = make_key(dir, type, type);
      server.authorize(key);
      auto with_key = params();
      with_key.extras["private_key_file"] = key.path;
      check_login(with_key);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_logs_the_guest_in) {
  auto guest = params();
  guest.username = server.guest();
  check_login(guest);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_fails) {
  auto wrong = params();
  wrong.password = secret{"wrong"};
  BOOST_TEST(brief(client.open(wrong)) == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(output_status_and_input_come_through) {
  auto session = required(client.open(with_password()));
  auto what = command("cat; echo err >&2; exit 3");
  what.attributes["stdin"] = std::string(2'000'000, 'x');
  auto answer = required(client.execute(session, what));
  BOOST_TEST((answer.output == what.attributes["stdin"]));
  BOOST_TEST(answer.error_output == "err\n");
  BOOST_TEST(answer.status == 3);
  auto killed = required(client.execute(session, "kill -KILL $$"));
  BOOST_TEST(killed.status == -1);
  BOOST_TEST(killed.attributes["exit_signal"] == "KILL");
}

BOOST_AUTO_TEST_CASE(eight_commands_sent_at_once_are_all_answered) {
  auto session = required(client.open(with_password()));
  std::vector<decltype(client.start_execute(session, {}))> answers;
  for (int i = 0; i < 8; ++i)
    answers.push_back(
      client.start_execute(session, command("echo " + std::to_string(i))));
  for (int i = 0; i < 8; ++i) {
    auto answer = take<reply>(std::move(answers[i]));
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->output == std::to_string(i) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(a_killed_server_is_noticed) {
  auto session = required(client.open(with_password()));
  auto end = transport_client::end_of(session);
  server.signal_sessions(SIGKILL);
  BOOST_TEST_REQUIRE((end.wait_for(hang_limit) == std::future_status::ready));
  BOOST_TEST(brief(end.get()) == "connection_lost (session)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_server_that_says_goodbye_is_noticed) {
  // -I: it disconnects whoever was idle for a second.
  dropbear_server server{{"-I", "1"}};
  ssh_client client;
  auto params = params_of(server.address(), server.port(), server.login());
  params.extras["host_key_policy"] = "off";
  params.password = secret{server.password()};
  auto session = required(client.open(params));
  auto end = transport_client::end_of(session);
  BOOST_TEST_REQUIRE((end.wait_for(hang_limit) == std::future_status::ready));
  BOOST_TEST(brief(end.get()) == "connection_lost (session)");
}

BOOST_AUTO_TEST_SUITE_END()
