#include "netconf/netconf_fixture.hpp"
#include "support/far_network.hpp"
#include "support/manager_client.hpp"
#include "support/own_network.hpp"
#include "support/text.hpp"

#include <tieline/transports/netconf/operations.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace nc = tieline::netconf;

namespace {

BOOST_TEST_GLOBAL_FIXTURE(own_network);

openssh_options there(const far_network& far, std::string address) {
  openssh_options result;
  result.address = std::move(address);
  result.wrapper = far.wrapper();
  return result;
}

/// A NETCONF server that only a bastion reaches.
struct fixture : manager_client<netconf_client> {
  fixture() : manager_client("netconf", brisk()) {
    required(query<bool>(set_factory_atom_v, std::string{"ssh"},
                         spawn_ssh_factory(client.system())));
  }

  far_network far;
  ssh_fixture bastion{there(far, field_there)};
  netconf_fixture device{{"--target=running"}, there(far, "127.0.0.1")};
  const connection_key key{"device", "netconf"};

  connection_params params(const char* share) {
    auto result = device.params();
    result.port = device.sshd().port();
    result.extras["share_session"] = share;
    result.via = {{{"bastion", "ssh"}, bastion.with_key()}};
    return result;
  }

  void check_works(const connection_actor& connection) {
    auto answer = execute(connection, nc::get_config("running"));
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(contains(answer->output, "<name>first</name>"));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(jump_test, fixture)

BOOST_AUTO_TEST_CASE(a_session_goes_through_the_bastion_and_comes_back) {
  auto connection = required(open(key, params("false")));
  check_works(connection);
  bastion.server.signal_sessions(SIGKILL);
  BOOST_TEST(eventually([&] {
    auto now
      = required(query<std::optional<connection_status>>(status_atom_v, key));
    auto why = now.value().last_error;
    return brief(why) == "connection_lost (jump)"
           && contains(failure_of(why).cause, "ssh://bastion: ");
  }));
  check_works(connection);
}

BOOST_AUTO_TEST_CASE(a_session_that_is_shared_goes_there_once) {
  auto ssh = params("true");
  ssh.extras.clear();
  ssh.extras = device.params().extras;
  auto first = required(open(key, params("true")));
  auto second = required(open({"device", "ssh"}, ssh));
  check_works(first);
  BOOST_TEST(brief(execute(second, command("true"))) == "ok");
}

BOOST_AUTO_TEST_SUITE_END()
