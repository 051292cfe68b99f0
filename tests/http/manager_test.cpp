#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"
#include "support/leak_check.hpp"
#include "support/manager_client.hpp"

#include <tieline/transports/http/restconf.hpp>
#include <tieline/transports/http/sse_sink.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

struct fixture : manager_client<http_client> {
  fixture() : manager_client("http", brisk()) {
    // nop
  }

  static connection_key key_of(int number) {
    return {"host-" + std::to_string(number), "http"};
  }

  caf::expected<connection_actor> open(const connection_params& params,
                                       int number = 0) {
    return manager_client::open(key_of(number), params);
  }

  nginx_server server;
};

} // namespace

BOOST_AUTO_TEST_SUITE(manager_test)

BOOST_FIXTURE_TEST_SUITE(managed, fixture)

BOOST_AUTO_TEST_CASE(a_session_is_opened_once_and_reused) {
  for (int i = 0; i < 5; ++i) {
    auto connection = required(open(tls_params(server.tls(), server.ca())));
    BOOST_TEST(required(execute(connection, ask("/"))).output == "hello\n");
  }
  auto counted = required(query<std::optional<connection_counters>>(
    counters_atom_v, std::string{"http"}));
  BOOST_TEST(counted.value().open_calls == 1u);
  BOOST_TEST(required(query<bool>(caf::close_atom_v, key_of(0))));
}

BOOST_AUTO_TEST_CASE(a_server_that_was_away_is_found_again) {
  auto connection = required(open(plain_params(server.plain())));
  server.stop();
  BOOST_TEST(!execute(connection, ask("/")));
  server.start_again();
  // The first attempts may have met nobody.
  BOOST_TEST(eventually([&] {
    auto answer = execute(connection, ask("/"));
    return answer && answer->output == "hello\n";
  }));
}

BOOST_AUTO_TEST_CASE(a_failed_login_says_whose_it_was) {
  auto params = plain_params(server.plain());
  params.extras["open_path"] = "/basic-file";
  params.username = "admin";
  params.password = secret{"wrong"};
  auto opened = open(params);
  BOOST_TEST(brief(opened) == "auth_failed (authentication)");
  BOOST_TEST(to_string(failure_of(opened.error()).key) == "http://host-0");
}

BOOST_AUTO_TEST_CASE(many_hosts_with_many_requests_each) {
  std::vector<connection_actor> connections;
  for (int i = 0; i < 30; ++i)
    connections.push_back(
      required(open(tls_params(server.tls(), server.ca()), i)));
  std::vector<decltype(start(connections[0], {}))> answers;
  for (int round = 0; round < 20; ++round)
    for (auto& x : connections)
      answers.push_back(start(x, ask("/echo/" + std::to_string(round))));
  size_t i = 0;
  for (int round = 0; round < 20; ++round)
    for (size_t n = 0; n < connections.size(); ++n)
      BOOST_TEST(required(take<reply>(std::move(answers[i++]))).output
                 == "GET\n/echo/" + std::to_string(round) + "\n\n\n");
  BOOST_TEST(required(query<uint64_t>(close_all_atom_v)) == 30u);
}

BOOST_AUTO_TEST_CASE(restconf_finds_its_root_and_hands_on_events) {
  const std::string location
    = R"({"ietf-restconf-monitoring:location": "/streams/NETCONF"})";
  // A device in a few lines: what it says to which path.
  wire_server device{[&](wire& peer, int) {
    for (;;) {
      auto header = peer.request();
      auto asks = [&header](const char* line) {
        return header.rfind(line, 0) == 0;
      };
      if (header.empty())
        return;
      if (asks("HEAD /"))
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      else if (asks("GET /.well-known/host-meta "))
        peer.say(
          answer("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
                 "<Link rel='restconf' href='/top/rc'/></XRD>",
                 "200 OK", "Content-Type: application/xrd+xml\r\n"));
      else if (asks("GET /top/rc/data/m:busy "))
        peer.say(answer(R"({"ietf-restconf:errors": {"error": [
                             {"error-type": "protocol",
                              "error-tag": "lock-denied"}]}})",
                        "409 Conflict",
                        "Content-Type: application/yang-data+json\r\n"));
      else if (asks("GET /top/rc/data/ietf-restconf-monitoring:"))
        peer.say(answer(location, "200 OK",
                        "Content-Type: application/yang-data+json\r\n"));
      else if (asks("GET /streams/NETCONF ")) {
        peer.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        for (int i = 0; i < 1000; ++i)
          peer.say("id: " + std::to_string(i)
                   + "\ndata: {\"n\": " + std::to_string(i) + "}\n\n");
        return;
      } else {
        peer.say(answer("", "404 Not Found"));
      }
    }
  }};
  auto connection = required(open(plain_params(device.port())));
  auto root = required(
    restconf::read_root(required(execute(connection, restconf::discover()))));
  restconf::api api{root};
  auto refused = restconf::check(
    required(execute(connection, api.get(restconf::path_of({{"m:busy"}})))));
  BOOST_TEST(failure_of(refused).details["error-tag"] == "lock-denied");
  auto path = required(restconf::read_stream_location(
    required(execute(connection, api.stream_location("NETCONF")))));
  test_sink events{client.system(), false};
  auto sink = spawn_sse_sink(client.system(), events.handle());
  auto what = restconf::subscribe(path);
  what.sink = sink;
  auto running = start(connection, what);
  // Nothing comes as long as the first is not answered.
  BOOST_TEST(eventually([&] { return events.count() == 1; }));
  events.release();
  BOOST_TEST(required(take<reply>(std::move(running))).status == 200);
  BOOST_TEST(events.count() == 1000u);
  BOOST_TEST(events.output().substr(0, 16) == "{\"n\": 0}{\"n\": 1}");
  auto last = take<std::string>(
    compat::request(client.self().ptr(), sink, hang_limit, caf::get_atom_v));
  BOOST_TEST(required(last) == "999");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
