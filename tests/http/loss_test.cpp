#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"
#include "support/leak_check.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <future>
#include <mutex>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

// What the requests to a wire_server were.
struct log {
  void add(const std::string& header) {
    std::lock_guard guard{mutex};
    methods += (methods.empty() ? "" : " ")
               + header.substr(0, header.find(' '));
  }

  std::string told() {
    std::lock_guard guard{mutex};
    return methods;
  }

  std::mutex mutex;
  std::string methods;
};

struct fixture {
  http_client client;
  log seen;

  transport_actor open(uint16_t port,
                       std::map<std::string, std::string> extras = {}) {
    auto params = plain_params(port);
    for (auto& [name, value] : extras)
      params.extras[name] = value;
    return required(client.open(params));
  }

  /// A server that answers the open, then does `what` to the connection.
  wire_server after_open(std::function<void(wire&, int)> what) {
    return wire_server{[this, what](wire& peer, int number) {
      if (number == 0) {
        auto header = peer.request();
        if (header.empty())
          return;
        peer.say(answer(""));
      }
      what(peer, number);
    }};
  }

  std::string next(wire& peer) {
    auto result = peer.request();
    if (!result.empty())
      seen.add(result);
    return result;
  }
};

struct broken_answer {
  const char* name;
  std::string says;
  std::string expected;
};

std::ostream& operator<<(std::ostream& out, const broken_answer& x) {
  return out << x.name;
}

const broken_answer broken[] = {
  {"half a header", "HTTP/1.1 200 OK\r\nx-te", "connection_lost (execute)"},
  {"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
   "connection_lost (execute)"},
  {"half a chunk",
   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
   "connection_lost (execute)"},
  {"no last chunk",
   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
   "connection_lost (execute)"},
  {"a chunk of no size",
   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhalf\r\n",
   "protocol_error (execute)"},
  {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\nhalf",
   "protocol_error (execute)"},
  {"no HTTP", std::string(4000, 'x'), "protocol_error (execute)"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(loss_test)

BOOST_FIXTURE_TEST_SUITE(faults, fixture)

BOOST_DATA_TEST_CASE_F(fixture, a_broken_answer_is_an_error_of_its_request,
                       broken, fault) {
  auto server = after_open([&](wire& peer, int number) {
    while (!next(peer).empty())
      if (!peer.say(number == 0 ? fault.says : answer("fine")) || number == 0)
        return;
  });
  auto session = open(server.port());
  auto result = client.execute(session, ask("/"));
  BOOST_TEST_INFO(cause_of(result));
  BOOST_TEST(brief(result) == fault.expected);
  // Bytes of an answer had come, so it was not sent again.
  BOOST_TEST(seen.told() == "GET");
  BOOST_TEST(required(client.execute(session, ask("/"))).output == "fine");
}

BOOST_AUTO_TEST_CASE(
  an_idempotent_request_on_a_connection_that_was_closed_is_sent_once_more) {
  auto server = after_open([&](wire& peer, int number) {
    while (!next(peer).empty())
      if (number == 0 || !peer.say(answer("fine")))
        return;
  });
  auto session = open(server.port());
  BOOST_TEST(required(client.execute(session, ask("/", "PUT", "x"))).output
             == "fine");
  BOOST_TEST(seen.told() == "PUT PUT");
}

BOOST_AUTO_TEST_CASE(any_other_is_never_sent_twice) {
  for (auto method : {"POST", "PATCH", "LOCK"}) {
    seen.methods.clear();
    auto server = after_open([&](wire& peer, int number) {
      while (!next(peer).empty())
        if (number == 0 || !peer.say(answer("fine")))
          return;
    });
    auto session = open(server.port());
    BOOST_TEST(brief(client.execute(session, ask("/", method, "x")))
               == "connection_lost (execute)");
    BOOST_TEST(seen.told() == method);
    BOOST_TEST(required(client.execute(session, ask("/", method, "x"))).output
               == "fine");
  }
}

BOOST_AUTO_TEST_CASE(
  a_fresh_connection_that_is_closed_is_no_reason_to_try_again) {
  auto server = after_open([&](wire& peer, int) { next(peer); });
  auto session = open(server.port());
  BOOST_TEST(brief(client.execute(session, ask("/")))
             == "connection_lost (execute)");
  // Once on the connection of the open, once on another.
  BOOST_TEST(seen.told() == "GET GET");
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_closed_while_idle_is_no_loss) {
  std::atomic<int> closed{0};
  wire_server server{[&](wire& peer, int) {
    if (!next(peer).empty())
      peer.say(answer("fine"));
    ++closed;
  }};
  auto session = open(server.port());
  for (int i = 1; i <= 5; ++i) {
    BOOST_TEST(eventually([&] { return closed == i; }));
    BOOST_TEST(required(client.execute(session, ask("/", "POST", "x"))).output
               == "fine");
  }
}

BOOST_AUTO_TEST_CASE(a_body_without_end_meets_its_limit) {
  auto server = after_open([&](wire& peer, int number) {
    while (!next(peer).empty()) {
      if (number > 0) {
        peer.say(answer("fine"));
        continue;
      }
      peer.say("HTTP/1.1 200 OK\r\n\r\n");
      while (peer.say(std::string(10'000, 'x')))
        continue;
      return;
    }
  });
  auto session = open(server.port());
  auto what = ask("/");
  what.output_limit = 1'000'000;
  BOOST_TEST(brief(client.execute(session, what)) == "output_limit (execute)");
  BOOST_TEST(required(client.execute(session, ask("/"))).output == "fine");
}

BOOST_AUTO_TEST_CASE(a_request_times_out_waiting_for_its_turn_or_its_answer) {
  auto server = after_open([&](wire& peer, int) {
    next(peer);
    peer.wait_for_end();
  });
  // Waiting for a connection is not connecting.
  auto session = open(server.port(), {{"max_connections", "1"},
                                      {"max_requests", "2"},
                                      {"connect_timeout", "50ms"}});
  std::vector<decltype(client.start_execute(session, {}))> answers;
  for (int i = 0; i < 3; ++i) {
    auto what = ask("/");
    what.timeout = std::chrono::milliseconds{500};
    answers.push_back(client.start_execute(session, what));
  }
  for (auto& x : answers)
    BOOST_TEST(brief(take<reply>(std::move(x))) == "timeout (execute)");
}

BOOST_AUTO_TEST_CASE(closing_ends_what_runs_and_what_waits) {
  leak_check leaks{&client.system()};
  std::promise<void> arrived;
  {
    auto server = after_open([&](wire& peer, int) {
      next(peer);
      arrived.set_value();
      peer.wait_for_end();
    });
    auto session = open(server.port(),
                        {{"max_connections", "1"}, {"max_requests", "1"}});
    auto running = client.start_execute(session, ask("/"));
    auto waiting = client.start_execute(session, ask("/"));
    arrived.get_future().wait_for(hang_limit);
    auto ended = transport_client::end_of(session);
    BOOST_TEST(brief(client.close(session)) == "ok");
    BOOST_TEST(brief(take<reply>(std::move(running))) == "closed (execute)");
    BOOST_TEST(brief(take<reply>(std::move(waiting))) == "closed (execute)");
    BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
    BOOST_TEST((ended.get() == caf::exit_reason::normal));
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(an_exit_aborts_at_once) {
  leak_check leaks{&client.system()};
  std::promise<void> arrived;
  {
    auto server = after_open([&](wire& peer, int) {
      next(peer);
      arrived.set_value();
      peer.wait_for_end();
    });
    auto session = open(server.port());
    auto running = client.start_execute(session, ask("/"));
    arrived.get_future().wait_for(hang_limit);
    caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
    BOOST_TEST(brief(take<reply>(std::move(running))) == "canceled (execute)");
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct server_fixture : fixture {
  nginx_server server;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(servers, server_fixture)

BOOST_DATA_TEST_CASE_F(server_fixture,
                       a_server_that_dies_fails_what_runs_and_then_the_session,
                       (std::vector<bool>{false, true}), http_2) {
  server.put("slow", std::string(100'000, 'x'));
  auto params = http_2 ? tls_params(server.tls(), server.ca())
                       : plain_params(server.plain());
  auto session = required(client.open(params));
  auto ended = transport_client::end_of(session);
  test_sink sink{client.system()};
  auto what = ask("/slow");
  what.sink = sink.handle();
  auto running = client.start_execute(session, what);
  BOOST_TEST(eventually([&] { return sink.output().size() > 0; }));
  server.stop();
  BOOST_TEST(brief(take<reply>(std::move(running)))
             == "connection_lost (execute)");
  BOOST_TEST(brief(client.execute(session, ask("/"))) == "refused (connect)");
  BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
  BOOST_TEST(brief(ended.get()) == "connection_lost (session)");
  server.start_again();
  BOOST_TEST(brief(client.open(params)) == "ok");
}

BOOST_AUTO_TEST_CASE(a_server_that_starts_again_meanwhile_is_no_loss) {
  for (auto port : {server.plain(), server.tls()}) {
    auto params = port == server.plain() ? plain_params(port)
                                         : tls_params(port, server.ca());
    auto session = required(client.open(params));
    server.stop();
    server.start_again();
    BOOST_TEST(required(client.execute(session, ask("/"))).output == "hello\n");
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_stands_still_costs_what_waits_for_it) {
  for (auto port : {server.plain(), server.tls()}) {
    auto params = port == server.plain() ? plain_params(port)
                                         : tls_params(port, server.ca());
    auto session = required(client.open(params));
    server.signal(SIGSTOP);
    auto what = ask("/");
    what.timeout = std::chrono::milliseconds{300};
    BOOST_TEST(brief(client.execute(session, what)) == "timeout (execute)");
    server.signal(SIGCONT);
    BOOST_TEST(required(client.execute(session, ask("/"))).output == "hello\n");
  }
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_not_answered_ends_the_session) {
  auto params = plain_params(server.plain());
  params.extras["connect_timeout"] = "200ms";
  params.extras["response_timeout"] = "200ms";
  auto session = required(client.open(params));
  auto ended = transport_client::end_of(session);
  server.signal(SIGSTOP);
  BOOST_TEST(brief(client.probe(session)) == "timeout (session)");
  BOOST_TEST((ended.wait_for(hang_limit) == std::future_status::ready));
  BOOST_TEST(brief(ended.get()) == "connection_lost (session)");
  server.signal(SIGCONT);
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_sessions_with_many_requests) {
  {
    auto warm_up = required(client.open(tls_params(server.tls(), server.ca())));
    BOOST_TEST(brief(client.close(warm_up)) == "ok");
  }
  leak_check leaks{&client.system()};
  for (auto port : {server.plain(), server.tls(), server.tls_1()}) {
    auto params = port == server.plain() ? plain_params(port)
                                         : tls_params(port, server.ca());
    auto session = required(client.open(params));
    std::vector<decltype(client.start_execute(session, {}))> answers;
    for (int i = 0; i < 100; ++i)
      answers.push_back(client.start_execute(session, ask("/")));
    for (auto& x : answers)
      BOOST_TEST(required(take<reply>(std::move(x))).status == 200);
    BOOST_TEST(brief(client.close(session)) == "ok");
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
