#include "http/http_fixture.hpp"
#include "http/wire_server.hpp"
#include "support/leak_check.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

constexpr size_t megabyte = 1024 * 1024;

// What may be on its way to a sink that takes nothing: the window, and what
// libcurl reads at once.
constexpr size_t most_unanswered = 256 * 1024 + 64 * 1024;

// Text in which every position is recognizable.
std::string numbered_lines(size_t size) {
  std::string result;
  for (size_t i = 0; result.size() < size; ++i)
    result += std::to_string(i) + "\n";
  return result;
}

struct fixture {
  nginx_server server;
  http_client client;
  std::string content = numbered_lines(8 * megabyte);

  fixture() {
    server.put("big", content);
  }

  transport_actor open(bool http_2) {
    return required(client.open(http_2 ? tls_params(server.tls(), server.ca())
                                       : plain_params(server.plain())));
  }

  static request streamed(const std::string& path, const test_sink& to) {
    auto result = ask(path);
    result.sink = to.handle();
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(stream_test)

BOOST_FIXTURE_TEST_SUITE(streams, fixture)

BOOST_DATA_TEST_CASE_F(fixture, a_sink_gets_all_that_comes,
                       (std::vector<bool>{false, true}), http_2) {
  auto session = open(http_2);
  test_sink sink{client.system()};
  auto answer = required(client.execute(session, streamed("/files/big", sink)));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.output == "");
  BOOST_TEST((sink.output() == content));
}

BOOST_DATA_TEST_CASE_F(
  fixture, a_sink_that_takes_nothing_holds_its_request_back_and_no_other,
  (std::vector<bool>{false, true}), http_2) {
  auto session = open(http_2);
  test_sink sink{client.system(), false};
  auto held = client.start_execute(session, streamed("/files/big", sink));
  BOOST_TEST(eventually([&] { return sink.output().size() > 200 * 1024; }));
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(required(client.execute(session, ask("/"))).output == "hello\n");
    BOOST_TEST(
      (required(client.execute(session, ask("/files/big"))).output == content));
  }
  BOOST_TEST(sink.output().size() < most_unanswered);
  sink.release();
  BOOST_TEST(required(take<reply>(std::move(held))).status == 200);
  BOOST_TEST((sink.output() == content));
}

BOOST_DATA_TEST_CASE_F(fixture, many_slow_sinks_and_no_confusion,
                       (std::vector<bool>{false, true}), http_2) {
  auto session = open(http_2);
  std::vector<std::unique_ptr<test_sink>> sinks;
  std::vector<decltype(client.start_execute(session, {}))> answers;
  for (int i = 0; i < 4; ++i) {
    sinks.push_back(std::make_unique<test_sink>(client.system(), false));
    answers.push_back(
      client.start_execute(session, streamed("/files/big", *sinks.back())));
  }
  for (auto& x : sinks)
    BOOST_TEST(eventually([&] { return x->output().size() > 200 * 1024; }));
  for (int i = 3; i >= 0; --i) {
    sinks[i]->release();
    BOOST_TEST(required(take<reply>(std::move(answers[i]))).status == 200);
    BOOST_TEST((sinks[i]->output() == content));
  }
}

BOOST_FIXTURE_TEST_CASE(a_sink_that_is_none_cancels_its_request, fixture) {
  auto session = open(false);
  test_sink sink{client.system(), false};
  auto what = streamed("/files/big", sink);
  what.sink = sink_actor{};
  BOOST_TEST(brief(client.execute(session, what)) == "canceled (execute)");
}

BOOST_DATA_TEST_CASE_F(fixture, a_sink_that_ends_cancels_its_request,
                       (std::vector<bool>{false, true}), http_2) {
  auto session = open(http_2);
  test_sink sink{client.system(), false};
  auto held = client.start_execute(session, streamed("/files/big", sink));
  BOOST_TEST(eventually([&] { return sink.output().size() > 200 * 1024; }));
  sink.end();
  BOOST_TEST(brief(take<reply>(std::move(held))) == "canceled (execute)");
  BOOST_TEST(required(client.execute(session, ask("/"))).output == "hello\n");
}

BOOST_AUTO_TEST_CASE(a_reply_waits_until_the_sink_has_taken_all) {
  auto session = open(false);
  test_sink sink{client.system(), false};
  auto answer = client.start_execute(session, streamed("/echo", sink));
  BOOST_TEST(eventually([&] { return sink.output().size() > 0; }));
  sink.release();
  BOOST_TEST(required(take<reply>(std::move(answer))).status == 200);
  BOOST_TEST(sink.output() == "GET\n/echo\n\n\n");
}

BOOST_AUTO_TEST_CASE(a_limit_holds_for_a_sink_too) {
  auto session = open(false);
  test_sink sink{client.system()};
  auto what = streamed("/files/big", sink);
  what.output_limit = megabyte;
  BOOST_TEST(brief(client.execute(session, what)) == "output_limit (execute)");
  BOOST_TEST(sink.output().size() <= megabyte);
  BOOST_TEST(required(client.execute(session, ask("/"))).output == "hello\n");
}

BOOST_AUTO_TEST_CASE(a_request_that_waits_for_its_sink_times_out) {
  auto session = open(false);
  test_sink sink{client.system(), false};
  auto what = streamed("/files/big", sink);
  what.timeout = std::chrono::milliseconds{300};
  BOOST_TEST(brief(client.execute(session, what)) == "timeout (execute)");
  auto small = streamed("/echo", sink);
  small.timeout = std::chrono::milliseconds{300};
  BOOST_TEST(brief(client.execute(session, small)) == "timeout (execute)");
  BOOST_TEST(required(client.execute(session, ask("/"))).output == "hello\n");
}

BOOST_AUTO_TEST_CASE(content_that_comes_bit_by_bit_is_handed_on_at_once) {
  std::promise<void> seen;
  wire_server source{[&](wire& peer, int number) {
    if (peer.request().empty())
      return;
    if (number == 0) // the open
      peer.say(answer(""));
    if (number == 0 && peer.request().empty())
      return;
    peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "5\r\nfirst\r\n");
    seen.get_future().wait_for(hang_limit);
    peer.say("6\r\nsecond\r\n0\r\nx-late: trailer\r\n\r\n");
    peer.wait_for_end();
  }};
  auto session = required(client.open(plain_params(source.port())));
  test_sink sink{client.system()};
  auto held = client.start_execute(session, streamed("/", sink));
  BOOST_TEST(eventually([&] { return sink.output().size() == 5; }));
  seen.set_value();
  auto result = required(take<reply>(std::move(held)));
  BOOST_TEST(sink.output() == "firstsecond");
  BOOST_TEST(result.attributes.count("header.x-late") == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_streams_that_were_given_up) {
  {
    auto warm_up = open(true);
    BOOST_TEST(brief(client.close(warm_up)) == "ok");
  }
  leak_check leaks{&client.system()};
  for (auto http_2 : {false, true}) {
    auto session = open(http_2);
    test_sink sink{client.system(), false};
    auto held = client.start_execute(session, streamed("/files/big", sink));
    BOOST_TEST(eventually([&] { return sink.output().size() > 200 * 1024; }));
    caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
    BOOST_TEST(brief(take<reply>(std::move(held))) == "canceled (execute)");
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
