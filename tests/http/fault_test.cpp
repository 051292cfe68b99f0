#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"
#include "support/absence.hpp"
#include "support/fault_listener.hpp"
#include "support/leak_check.hpp"
#include "support/loopback_ports.hpp"
#include "support/own_network.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

using ending = fault_script::ending;

// Nothing but loopback, so that an unreachable host is one everywhere.
struct network {
  network() {
    enter_own_network();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(network);

std::string many(const std::string& text, size_t bytes) {
  std::string result;
  while (result.size() < bytes)
    result += text;
  return result;
}

struct fault_case {
  const char* name;
  const char* scheme;
  fault_script script;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const fault_case& x) {
  return out << x.scheme << ", " << x.name;
}

const std::string ok_line = "HTTP/1.1 200 OK\r\n";

const fault_case faults[] = {
  {"silent", "http", {}, "timeout (open)"},
  {"silent", "https", {}, "timeout (key exchange)"},
  {"silent within the header", "http", {ok_line}, "timeout (open)"},
  {"one byte per 50 ms",
   "http",
   {ok_line + many("x", 10000), 1, std::chrono::milliseconds{50}},
   "timeout (open)"},
  {"closes at once",
   "https",
   {"", 0, {}, false, ending::close},
   "connection_lost (key exchange)"},
  {"closes within the header",
   "http",
   {ok_line + "x-test: y\r\n", 0, {}, false, ending::close},
   "connection_lost (open)"},
  {"an SSH server",
   "http",
   {"SSH-2.0-OpenSSH_9.2p1\r\n"},
   "protocol_error (open)"},
  {"an SSH server",
   "https",
   {"SSH-2.0-OpenSSH_9.2p1\r\n"},
   "protocol_error (key exchange)"},
  {"bytes of 0xff", "http", {many("\xff", 10000)}, "protocol_error (open)"},
  {"bytes of 0xff",
   "https",
   {many("\xff", 10000)},
   "protocol_error (key exchange)"},
  {"a line without end",
   "http",
   {ok_line + "x: " + many("x", 400'000)},
   "protocol_error (open)"},
  {"endless lines",
   "http",
   {ok_line + many("x-test: y\r\n", 7000), 0, {}, true},
   "protocol_error (open)"},
  {"endless interim answers",
   "http",
   {many("HTTP/1.1 103 Early Hints\r\nx-test: y\r\n\r\n", 7000), 0, {}, true},
   "protocol_error (open)"},
  {"HTTP of the future",
   "http",
   {"HTTP/9.9 200 OK\r\n\r\n"},
   "protocol_error (open)"},
};

const absence absences[] = {
  {"127.0.0.1", 0, "refused (connect)"},
  {"localhost", 0, "refused (connect)"},
  {"192.0.2.1", 80, "unreachable (connect)"},
  {"no-such-host.invalid", 80, "resolve_failed (resolve)"},
};

connection_params impatient_params(const std::string& host, uint16_t port,
                                   const std::string& scheme = "http") {
  connection_params result;
  result.hostname = host;
  result.port = port;
  result.extras = {{"scheme", scheme},
                   {"verify", "false"},
                   {"connect_timeout", "1500ms"},
                   {"response_timeout", "500ms"}};
  return result;
}

struct fixture {
  fixture() {
    // What all sessions share has come into being after the first; so many at
    // once, with so much to read, take all threads that there will ever be.
    auto params = impatient_params("localhost", refused.port(), "https");
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

  /// Returns how an open ends, and what of it is left then.
  std::string outcome_of(const std::string& host, uint16_t port) {
    leak_check leaks{&client.system()};
    auto result = brief(client.open(impatient_params(host, port)));
    auto left = leaks.leaked();
    return left.empty() ? result : result + ", leaked " + left;
  }

  refused_port refused;
  http_client client;
};

} // namespace

BOOST_AUTO_TEST_SUITE(fault_test)

BOOST_FIXTURE_TEST_SUITE(opening, fixture)

BOOST_DATA_TEST_CASE_F(fixture, it_ends_in_the_right_error, faults, fault) {
  fault_listener listener{fault.script};
  auto opened
    = client.open(impatient_params("127.0.0.1", listener.port(), fault.scheme));
  BOOST_TEST_INFO("cause: " << cause_of(opened));
  BOOST_TEST(brief(opened) == fault.expected);
}

BOOST_DATA_TEST_CASE_F(fixture, it_leaves_nothing_behind, faults, fault) {
  leak_check leaks{&client.system()};
  {
    fault_listener listener{fault.script};
    for (int i = 0; i < 3; ++i)
      client.open(impatient_params("127.0.0.1", listener.port(), fault.scheme));
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_DATA_TEST_CASE_F(fixture, it_can_be_aborted, faults, fault) {
  leak_check leaks{&client.system()};
  {
    fault_listener listener{fault.script};
    auto params = impatient_params("127.0.0.1", listener.port(), fault.scheme);
    params.extras["connect_timeout"] = "1h";
    for (int i = 0; i < 3; ++i) {
      auto transport = client.make();
      auto answer = client.start_open(transport, params);
      auto ended = transport_client::end_of(transport);
      caf::anon_send_exit(transport, caf::exit_reason::user_shutdown);
      BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
      BOOST_TEST(brief(take<session_traits>(std::move(answer))) != "ok");
    }
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(who_closes_at_once_is_lost_whenever_it_is_seen) {
  for (auto how : {ending::close, ending::reset}) {
    fault_listener listener{{"", 0, {}, false, how}};
    auto opened = client.open(impatient_params("127.0.0.1", listener.port()));
    BOOST_TEST(to_string(code_of(opened.error())) == "connection_lost");
  }
}

BOOST_DATA_TEST_CASE_F(fixture, nobody_is_there, absences, what) {
  auto port = what.port == 0 ? refused.port() : what.port;
  BOOST_TEST(outcome_of(what.host, port) == what.expected);
}

BOOST_AUTO_TEST_CASE(a_full_backlog) {
  black_hole hole;
  BOOST_TEST(outcome_of("127.0.0.1", hole.port()) == "timeout (connect)");
}

BOOST_AUTO_TEST_CASE(no_thread_looks_names_up_but_the_resolver) {
  wire_server server{[](wire& peer, int) {
    while (!peer.request().empty())
      peer.say(answer(""));
  }};
  auto before = thread_count();
  auto session
    = required(client.open(impatient_params("localhost", server.port())));
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(required(client.execute(session, ask("/"))).status == 200);
  // One for the server's connection.
  BOOST_TEST(thread_count() <= before + 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
