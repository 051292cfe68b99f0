#include "ssh/ssh_manager.hpp"
#include "support/leak_check.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture : ssh_manager {
  ssh_fixture ssh;
};

} // namespace

BOOST_AUTO_TEST_SUITE(manager_test)

BOOST_FIXTURE_TEST_SUITE(manager, fixture)

BOOST_AUTO_TEST_CASE(a_session_is_opened_once_and_reused) {
  for (int i = 0; i < 5; ++i) {
    auto connection = required(open(ssh.with_key()));
    BOOST_TEST(required(execute(connection, "echo hi")).output == "hi\n");
  }
  BOOST_TEST(counters().open_calls == 1u);
  BOOST_TEST(required(query<bool>(caf::close_atom_v, key_of(0))));
  BOOST_TEST(counters().close_calls == 1u);
  BOOST_TEST(
    eventually([this] { return ssh.server.session_processes().empty(); }));
}

BOOST_AUTO_TEST_CASE(a_lost_session_is_opened_again_for_the_next_request) {
  auto connection = required(open(ssh.with_key()));
  ssh.server.signal_sessions(SIGKILL);
  BOOST_TEST(becomes(connection_state::closed));
  BOOST_TEST(required(execute(connection, "echo back")).output == "back\n");
  BOOST_TEST(counters().open_calls == 2u);
}

BOOST_AUTO_TEST_CASE(a_failed_login_says_whose_it_was) {
  auto params = ssh.params();
  params.password = secret{"wrong"};
  auto opened = open(params);
  BOOST_TEST(brief(opened) == "auth_failed (authentication)");
  BOOST_TEST(to_string(failure_of(opened.error()).key) == "ssh://host-0");
  BOOST_TEST(counters().open_failures == 1u);
}

BOOST_AUTO_TEST_CASE(other_credentials_make_another_session) {
  auto first = required(open(ssh.with_key()));
  auto second = required(open(ssh.with_password()));
  BOOST_TEST((first == second));
  BOOST_TEST(required(execute(second, "echo hi")).output == "hi\n");
  BOOST_TEST(counters().open_calls == 2u);
}

BOOST_AUTO_TEST_CASE(closing_all_ends_a_hundred_sessions) {
  leak_check leaks{&client.system()};
  for (auto& outcome : open_all(items(100, ssh.with_key()), caf::timespan{0}))
    BOOST_TEST_REQUIRE(brief(outcome.error) == "ok");
  BOOST_TEST(required(query<uint64_t>(close_all_atom_v)) == 100u);
  BOOST_TEST(counters().close_calls == 100u);
  BOOST_TEST(
    eventually([this] { return ssh.server.session_processes().empty(); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
