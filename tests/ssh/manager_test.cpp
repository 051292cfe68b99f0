#define BOOST_TEST_MODULE ssh through the connection manager
#include "ssh_site.hpp"
#include "support/leak_check.hpp"

#include <tieline/actors/manager.hpp>

#include <boost/test/included/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  ssh_site site;
  ssh_client client;
  manager_actor manager = spawn_manager(client.system());

  fixture() {
    required(ask<bool>(set_factory_atom_v, "ssh", client.factory()));
  }

  ~fixture() {
    caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
  }

  template <class T, class... Ts>
  caf::expected<T> ask(Ts... what) {
    return take<T>(compat::request(client.self().ptr(), manager, hang_limit,
                                   std::move(what)...));
  }

  static connection_key key_of(int number) {
    return {"host-" + std::to_string(number), "ssh"};
  }

  caf::expected<connection_actor> open(const connection_params& params) {
    auto opened = ask<std::optional<connection_actor>>(caf::open_atom_v,
                                                       key_of(0), params,
                                                       caf::timespan{0});
    if (!opened)
      return opened.error();
    return **opened;
  }

  caf::expected<reply> execute(const connection_actor& connection,
                               const std::string& line) {
    return take<reply>(compat::request(client.self().ptr(), connection,
                                       hang_limit, execute_atom_v,
                                       command(line)));
  }

  connection_counters counters() {
    return required(
             ask<std::optional<connection_counters>>(counters_atom_v, "ssh"))
      .value_or(connection_counters{});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(manager, fixture)

BOOST_AUTO_TEST_CASE(a_session_is_opened_once_and_reused) {
  for (int i = 0; i < 5; ++i) {
    auto connection = required(open(site.with_key()));
    BOOST_TEST(required(execute(connection, "echo hi")).output == "hi\n");
  }
  BOOST_TEST(counters().open_calls == 1u);
  BOOST_TEST(required(ask<bool>(caf::close_atom_v, key_of(0))));
  BOOST_TEST(counters().close_calls == 1u);
  BOOST_TEST(
    eventually([this] { return site.server.session_processes().empty(); }));
}

BOOST_AUTO_TEST_CASE(a_lost_session_is_opened_again_for_the_next_request) {
  auto connection = required(open(site.with_key()));
  site.server.signal_sessions(SIGKILL);
  BOOST_TEST(eventually([&] {
    auto status = required(take<connection_status>(compat::request(
      client.self().ptr(), connection, hang_limit, status_atom_v)));
    return status.state == connection_state::closed;
  }));
  BOOST_TEST(required(execute(connection, "echo back")).output == "back\n");
  BOOST_TEST(counters().open_calls == 2u);
}

BOOST_AUTO_TEST_CASE(a_failed_login_says_whose_it_was) {
  auto params = site.params();
  params.password = secret{"wrong"};
  auto opened = open(params);
  BOOST_TEST(brief(opened) == "auth_failed (authentication)");
  BOOST_TEST(to_string(failure_of(opened.error()).key) == "ssh://host-0");
  BOOST_TEST(counters().open_failures == 1u);
}

BOOST_AUTO_TEST_CASE(other_credentials_make_another_session) {
  auto first = required(open(site.with_key()));
  auto second = required(open(site.with_password()));
  BOOST_TEST((first == second));
  BOOST_TEST(required(execute(second, "echo hi")).output == "hi\n");
  BOOST_TEST(counters().open_calls == 2u);
}

BOOST_AUTO_TEST_CASE(closing_all_ends_a_hundred_sessions) {
  std::vector<open_item> items;
  for (int i = 0; i < 100; ++i)
    items.push_back({key_of(i), site.with_key()});
  leak_check leaks{&client.system()};
  auto outcomes = required(
    ask<std::vector<open_outcome>>(caf::open_atom_v, items, caf::timespan{0}));
  for (auto& outcome : outcomes)
    BOOST_TEST_REQUIRE(brief(outcome.error) == "ok");
  BOOST_TEST(required(ask<uint64_t>(close_all_atom_v)) == 100u);
  BOOST_TEST(counters().close_calls == 100u);
  BOOST_TEST(
    eventually([this] { return site.server.session_processes().empty(); }));
}

BOOST_AUTO_TEST_SUITE_END()
