#include "http/http_fixture.hpp"
#include "ssh/ssh_fixture.hpp"
#include "support/manager_client.hpp"
#include "support/text.hpp"

#include <tieline/transports/ssh/ssh.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture : manager_client<http_client> {
  explicit fixture(std::map<std::string, std::string> config = {})
    : manager_client("http", brisk()),
      bastion(configured(std::move(config))) {
    required(query<bool>(set_factory_atom_v, std::string{"ssh"},
                         spawn_ssh_factory(client.system())));
  }

  ssh_fixture bastion;
  nginx_server server;
  const connection_key key{"device", "http"};

  connection_params behind(connection_params params) {
    params.via = {{{"bastion", "ssh"}, bastion.with_key()}};
    return params;
  }

  connection_params behind() {
    return behind(tls_params(server.tls(), server.ca()));
  }

  /// Returns how often somebody has logged in at the bastion.
  size_t logins() {
    return test::count(bastion.server.log(), "Accepted publickey");
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(jump_test)

BOOST_FIXTURE_TEST_CASE(requests_go_through_the_bastion, fixture) {
  auto secure = required(open(key, behind()));
  auto plain
    = required(open({"other", "http"}, behind(plain_params(server.plain()))));
  for (auto& x : {secure, plain})
    for (int i = 0; i < 3; ++i)
      BOOST_TEST(required(execute(x, ask("/"))).output == "hello\n");
  std::vector<decltype(start(secure, ask("/")))> many;
  for (int i = 0; i < 30; ++i)
    many.push_back(start(secure, ask("/echo/" + std::to_string(i))));
  for (auto& x : many)
    BOOST_TEST(brief(take<reply>(std::move(x))) == "ok");
  BOOST_TEST(logins() == 1u);
}

BOOST_FIXTURE_TEST_CASE(names_are_the_bastions_to_resolve, fixture) {
  auto params = behind();
  // Known to the bastion's machine, and the certificate is for it.
  params.hostname = "localhost";
  auto connection = required(open(key, params));
  BOOST_TEST(required(execute(connection, ask("/"))).output == "hello\n");
  params.hostname = "no-such-host.invalid";
  params.extras["open_retries"] = "0";
  auto unknown = open({"unknown", "http"}, params);
  BOOST_TEST_REQUIRE(!unknown);
  BOOST_TEST(brief(unknown.error()) == "unreachable (connect)");
  BOOST_TEST(contains(failure_of(unknown.error()).cause, "ssh://bastion: "));
}

BOOST_FIXTURE_TEST_CASE(a_bastion_that_dies_is_opened_again, fixture) {
  auto connection = required(open(key, behind()));
  server.put("slow", std::string(100'000, 'x'));
  auto running = start(connection, ask("/slow"));
  BOOST_TEST(required(execute(connection, ask("/"))).output == "hello\n");
  bastion.server.signal_sessions(SIGKILL);
  auto lost = take<reply>(std::move(running));
  BOOST_TEST_REQUIRE(!lost);
  BOOST_TEST(brief(lost.error()) == "connection_lost (jump)");
  BOOST_TEST(contains(failure_of(lost.error()).cause, "ssh://bastion: "));
  BOOST_TEST(required(execute(connection, ask("/"))).output == "hello\n");
  BOOST_TEST(logins() == 2u);
}

BOOST_AUTO_TEST_CASE(a_bastion_that_forwards_nothing_says_so) {
  fixture x{{{"AllowTcpForwarding", "no"}}};
  auto refused = x.open(x.key, x.behind());
  BOOST_TEST_REQUIRE(!refused);
  BOOST_TEST(brief(refused.error()) == "channel_refused (jump)");
  BOOST_TEST(contains(failure_of(refused.error()).cause, "prohibited"));
}

BOOST_AUTO_TEST_SUITE_END()
