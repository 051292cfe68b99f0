#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"
#include "support/opening_faults.hpp"
#include "support/own_network.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
namespace data = boost::unit_test::data;

namespace {

BOOST_TEST_GLOBAL_FIXTURE(own_network);

const std::string ok_line = "HTTP/1.1 200 OK\r\n";

const auto plain_faults = opening_faults(
  "response", ok_line, "http",
  {
    {"an SSH server",
     {"SSH-2.0-OpenSSH_9.2p1\r\n"},
     "protocol_error (response)"},
    {"bytes of 0xff", {many("\xff", 10000)}, "protocol_error (response)"},
    {"a line without end",
     {ok_line + "x: " + many("x", 400'000)},
     "protocol_error (response)"},
    {"endless lines",
     {ok_line + many("x-test: y\r\n", 7000), 0, {}, true},
     "protocol_error (response)"},
    {"endless interim answers",
     {many("HTTP/1.1 103 Early Hints\r\nx-test: y\r\n\r\n", 7000), 0, {}, true},
     "protocol_error (response)"},
    {"HTTP of the future",
     {"HTTP/9.9 200 OK\r\n\r\n"},
     "protocol_error (response)"},
  });

const auto tls_faults = opening_faults(
  "key exchange", "", "https",
  {
    {"closes at once",
     {"", 0, {}, false, fault_script::ending::close},
     "connection_lost (key exchange)"},
    {"an SSH server",
     {"SSH-2.0-OpenSSH_9.2p1\r\n"},
     "protocol_error (key exchange)"},
    {"bytes of 0xff", {many("\xff", 10000)}, "protocol_error (key exchange)"},
  });

const auto faults = data::make(plain_faults) + data::make(tls_faults);

connection_params impatient_params(const std::string& host, uint16_t port,
                                   const std::string& scheme) {
  connection_params result;
  result.hostname = host;
  result.port = port;
  result.extras = {{"scheme", scheme.empty() ? "http" : scheme},
                   {"verify", "false"},
                   {"connect_timeout", "1500ms"},
                   {"response_timeout", "500ms"}};
  return result;
}

struct fixture {
  fixture() {
    // What all sessions share has come into being after the first; so many at
    // once, with so much to read, take all threads that there will ever be.
    auto params = impatient_params("localhost", checks.refused.port(), "https");
    params.extras["ca_file"] = "/etc/ssl/certs/ca-certificates.crt";
    std::vector<transport_actor> sessions;
    std::vector<decltype(client.start_open({}, params))> answers;
    for (int i = 0; i < 8; ++i) {
      sessions.push_back(client.make());
      answers.push_back(client.start_open(sessions.back(), params));
    }
    for (auto& x : answers)
      take<session_traits>(std::move(x));
  }

  http_client client;
  opening_checks checks{client, impatient_params, "connect_timeout"};
};

} // namespace

BOOST_AUTO_TEST_SUITE(fault_test)

BOOST_FIXTURE_TEST_SUITE(opening, fixture)

BOOST_DATA_TEST_CASE_F(fixture, it_ends_in_the_right_error, faults, fault) {
  checks.check_error(fault);
}

BOOST_DATA_TEST_CASE_F(fixture, it_leaves_nothing_behind, faults, fault) {
  checks.check_leaks(fault);
}

BOOST_DATA_TEST_CASE_F(fixture, it_can_be_aborted, faults, fault) {
  checks.check_abort(fault);
}

BOOST_AUTO_TEST_CASE(who_hangs_up_at_once_is_lost_whenever_it_is_seen) {
  checks.check_loss_at_once();
}

BOOST_DATA_TEST_CASE_F(fixture, nobody_is_there, absences, what) {
  checks.check_absence(what);
}

BOOST_AUTO_TEST_CASE(a_full_backlog) {
  checks.check_full_backlog();
}

BOOST_AUTO_TEST_CASE(no_thread_looks_names_up_but_the_resolver) {
  wire_server server{[](wire& peer, int) {
    while (!peer.request().empty())
      peer.say(answer(""));
  }};
  auto before = thread_count();
  auto session = required(
    client.open(impatient_params("localhost", server.port(), "http")));
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(required(client.execute(session, ask("/"))).status == 200);
  // One for the server's connection.
  BOOST_TEST(thread_count() <= before + 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
