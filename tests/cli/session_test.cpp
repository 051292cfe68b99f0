#include "ssh/ssh_fixture.hpp"
#include "support/test_sink.hpp"
#include "support/text.hpp"

#include <tieline/lab/lab.hpp>
#include <tieline/transports/cli/cli.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

request typed(std::string body, caf::timespan timeout = 30s) {
  request result;
  result.body = std::move(body);
  result.timeout = timeout;
  return result;
}

lab::options ios() {
  lab::options result;
  result.platform = "cisco_iosxe";
  result.enable_secret = "s3cret";
  return result;
}

struct fixture {
  factory_actor ssh;
  transport_client client{[this](caf::actor_system& sys) {
    ssh = spawn_ssh_factory(sys);
    return spawn_cli_factory(sys, ssh);
  }};
  lab::server devices{ios()};
  lab::device device = devices.at(0);

  ~fixture() {
    caf::anon_send_exit(ssh, caf::exit_reason::user_shutdown);
    ssh = nullptr;
  }

  connection_params params() const {
    connection_params result;
    result.hostname = device.address();
    result.port = device.port();
    result.username = "lab";
    result.password = secret{"lab"};
    result.platform = "cisco_ios";
    result.extras["host_key_policy"] = "off";
    result.secrets["enable"] = secret{"s3cret"};
    return result;
  }

  std::string cause_of_open(const connection_params& how) {
    auto answer = client.open(how);
    return answer ? "opened" : describe(answer.error());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_test, fixture)

BOOST_AUTO_TEST_CASE(commands_run_one_after_the_other) {
  auto session = required(client.open(params()));
  for (int i = 0; i < 3; ++i) {
    auto answer = required(client.execute(session, typed("show version")));
    BOOST_TEST(answer.output.substr(0, 14) == "Tieline Lab OS");
    BOOST_TEST(answer.output.back() == '\n');
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(answer.attributes["mode"] == "privileged_exec");
    BOOST_TEST(answer.attributes["prompt"] == device.name() + "#");
  }
  auto answer
    = required(client.execute(session, typed("echo one\necho two\n")));
  BOOST_TEST(answer.output == "one\ntwo\n");
  BOOST_TEST(
    (cli_outputs_of(answer) == std::vector<std::string>{"one\n", "two\n"}));
  BOOST_TEST(brief(client.probe(session)) == "ok");
  BOOST_TEST(brief(client.close(session)) == "ok");
}

BOOST_AUTO_TEST_CASE(a_command_that_failed_is_a_reply) {
  auto session = required(client.open(params()));
  auto answer
    = required(client.execute(session, typed("nonsense\nshow version")));
  BOOST_TEST(answer.status == 1);
  BOOST_TEST(answer.attributes["failed-command"] == "nonsense");
  BOOST_TEST(answer.attributes["failed-line"]
             == "% Invalid input detected at '^' marker.");
  BOOST_TEST(!contains(answer.output, "Tieline Lab OS"));
}

BOOST_AUTO_TEST_CASE(attributes_say_how) {
  auto session = required(client.open(params()));
  auto what = typed("hostname r2\ninterface Gi1");
  what.attributes["mode"] = "configuration";
  auto answer = required(client.execute(session, what));
  BOOST_TEST(answer.attributes["prompt"] == "r2(config-if)#");
  what = typed("delete x");
  what.attributes["answers"] = "\\[yes/no\\]: $=yes\n";
  answer = required(client.execute(session, what));
  BOOST_TEST(contains(answer.output, "Deleted.\n"));
  BOOST_TEST(answer.attributes["mode"] == "privileged_exec");
  what = typed("show version");
  what.attributes["raw"] = "true";
  answer = required(client.execute(session, what));
  BOOST_TEST(contains(answer.output, "r2#show version\n"));
}

BOOST_AUTO_TEST_CASE(bad_requests_are_told) {
  auto session = required(client.open(params()));
  struct {
    const char* name;
    const char* value;
    const char* why;
  } rows[] = {
    {"mode", "nowhere", "has no mode 'nowhere'; there are exec, "},
    {"answers", "question", "'question' has no ="},
    {"answers", "(=x", "is no regular expression"},
    {"answers", "x=__lookup::y", "there is no secret 'y'"},
    {"raw", "yes", "'yes' is neither true nor false"},
    {"expect", "(", "is no regular expression"},
    {"what", "x", "attributes.what: unknown; there are answers, "},
  };
  for (const auto& x : rows) {
    auto what = typed("show version");
    what.attributes[x.name] = x.value;
    auto answer = client.execute(session, what);
    BOOST_TEST(brief(answer) == "invalid_request (execute)");
    BOOST_TEST_CONTEXT(describe(answer.error()))
    BOOST_TEST(contains(describe(answer.error()), x.why));
  }
  BOOST_TEST(brief(client.execute(session, typed("\n \n")))
             == "invalid_request (execute)");
  BOOST_TEST(brief(client.execute(session, typed("show\tversion")))
             == "invalid_request (execute)");
}

BOOST_AUTO_TEST_CASE(params_that_do_not_fit_are_told) {
  auto how = params();
  how.platform = "nonsense";
  BOOST_TEST(contains(cause_of_open(how),
                      "platform: there is no platform 'nonsense'; there are "
                      "arista_eos, cisco_iosxe, "));
  how = params();
  how.secrets["enable"] = secret{"wrong"};
  BOOST_TEST(contains(cause_of_open(how), "the device asks again"));
  how = params();
  how.secrets.clear();
  BOOST_TEST(contains(cause_of_open(how), "secrets.enable: the device asks"));
  how = params();
  how.extras["settle_time"] = "1h";
  BOOST_TEST(contains(cause_of_open(how), "settle_time"));
  how = params();
  how.extras["platforms"] = "/tmp";
  BOOST_TEST(contains(cause_of_open(how), "platforms"));
}

BOOST_AUTO_TEST_CASE(a_device_without_a_shell_is_told) {
  lab::server plain{lab::options{}};
  auto how = params();
  how.port = plain.at(0).port();
  auto answer = client.open(how);
  BOOST_TEST(brief(answer) == "channel_refused (channel)");
}

BOOST_AUTO_TEST_CASE(a_shell_shares_the_session_of_ssh) {
  auto how = params();
  how.secrets.clear();
  auto of_ssh = required(take<std::optional<transport_actor>>(
    compat::request(client.self().ptr(), ssh, hang_limit, make_atom_v,
                    connection_key{"r1", "ssh"})));
  BOOST_REQUIRE(of_ssh.has_value());
  BOOST_TEST(brief(take<session_traits>(client.start_open(*of_ssh, how)))
             == "ok");
  auto session = required(client.open(params()));
  BOOST_TEST(device.count().logins_ok >= 1u);
  BOOST_TEST(brief(client.execute(session, typed("show version"))) == "ok");
  BOOST_TEST(brief(client.close(session)) == "ok");
  BOOST_TEST(brief(client.execute(*of_ssh, "show version")) == "ok");
}

BOOST_AUTO_TEST_CASE(a_timeout_leaves_nothing_behind) {
  auto session = required(client.open(params()));
  auto answer = client.execute(session, typed("sleep 60000", 300ms));
  BOOST_TEST(brief(answer) == "timeout (execute)");
  answer = client.execute(session, typed("echo mine"));
  BOOST_REQUIRE_MESSAGE(answer, brief(answer));
  BOOST_TEST(answer->output == "mine\n");
}

BOOST_AUTO_TEST_CASE(much_output_goes_to_a_sink) {
  auto session = required(client.open(params()));
  test_sink sink{client.system()};
  auto what = typed("bytes 5000000", 60s);
  what.sink = sink.handle();
  auto answer = required(client.execute(session, what));
  BOOST_TEST(answer.output == "");
  BOOST_TEST(sink.output().size() == 5'000'000u);
}

BOOST_AUTO_TEST_CASE(a_shell_that_ends_is_a_lost_session) {
  auto session = required(client.open(params()));
  auto ended = transport_client::end_of(session);
  device.set(lab::fault::cli_close);
  BOOST_TEST(brief(client.execute(session, typed("show version")))
             == "connection_lost (execute)");
  BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
}

BOOST_AUTO_TEST_SUITE_END()
