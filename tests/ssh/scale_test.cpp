#include "ssh/ssh_fixture.hpp"
#include "support/leak_check.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

constexpr int many = 200;

struct fixture {
  ssh_fixture fixture;
  ssh_client client;

  std::vector<transport_actor> open(int count) {
    auto params = fixture.with_key();
    std::vector<transport_actor> result;
    for (int i = 0; i < count; ++i)
      result.push_back(client.make());
    std::vector<decltype(client.start_open(result[0], params))> answers;
    for (auto& session : result)
      answers.push_back(client.start_open(session, params));
    for (auto& answer : answers)
      BOOST_TEST_REQUIRE(brief(take<session_traits>(std::move(answer)))
                         == "ok");
    return result;
  }

  void close(const std::vector<transport_actor>& sessions) {
    std::vector<decltype(client.start_close(sessions[0]))> answers;
    for (auto& session : sessions)
      answers.push_back(client.start_close(session));
    for (auto& answer : answers)
      BOOST_TEST(brief(take<void>(std::move(answer))) == "ok");
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(scale_test)

BOOST_FIXTURE_TEST_SUITE(scale, fixture)

BOOST_AUTO_TEST_CASE(two_hundred_sessions_at_once_take_no_thread_each) {
  auto first = open(1);
  BOOST_TEST(brief(client.execute(first[0], "true")) == "ok");
  leak_check leaks{&client.system()};
  auto threads = thread_count();
  {
    auto sessions = open(many);
    std::vector<decltype(client.start_execute(sessions[0], {}))> answers;
    for (int i = 0; i < many; ++i)
      answers.push_back(client.start_execute(
        sessions[i], command("echo " + std::to_string(i))));
    for (int i = 0; i < many; ++i) {
      auto answer = take<reply>(std::move(answers[i]));
      BOOST_TEST_REQUIRE(brief(answer) == "ok");
      BOOST_TEST(answer->output == std::to_string(i) + "\n");
    }
    BOOST_TEST(thread_count() == threads);
    close(sessions);
  }
  BOOST_TEST(leaks.leaked() == "");
  BOOST_TEST(brief(client.execute(first[0], "true")) == "ok");
}

BOOST_AUTO_TEST_CASE(bulk_output_of_some_does_not_starve_the_others) {
  auto sessions = open(8);
  std::vector<decltype(client.start_execute(sessions[0], {}))> bulks;
  for (int i = 0; i < 4; ++i)
    bulks.push_back(
      client.start_execute(sessions[i], command("head -c 50000000 /dev/zero")));
  // Each finds an answer while the bulk goes on.
  for (int i = 4; i < 8; ++i)
    BOOST_TEST(brief(client.execute(sessions[i], "true")) == "ok");
  for (auto& bulk : bulks) {
    auto answer = take<reply>(std::move(bulk));
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->output.size() == 50'000'000);
  }
}

BOOST_AUTO_TEST_CASE(opening_and_closing_over_and_over_leaves_nothing) {
  close(open(1));
  leak_check leaks{&client.system()};
  for (int i = 0; i < 10; ++i)
    close(open(10));
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
