// Shells of devices behind a jump host.
#include "ssh/ssh_fixture.hpp"
#include "support/manager_client.hpp"
#include "support/text.hpp"

#include <tieline/lab/lab.hpp>
#include <tieline/transports/cli/cli.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

lab::options switches() {
  lab::options result;
  result.devices = 40;
  result.platform = "cisco_iosxe";
  result.enable_secret = "s3cret";
  return result;
}

class shells : public transport_client {
public:
  shells()
    : transport_client([](caf::actor_system& sys) {
        return spawn_cli_factory(sys, spawn_ssh_factory(sys));
      }) {
    // nop
  }
};

struct fixture : manager_client<shells> {
  fixture() : manager_client("cli", brisk()) {
    required(query<bool>(set_factory_atom_v, std::string{"ssh"},
                         spawn_ssh_factory(client.system())));
  }

  connection_params params_of(const lab::device& device) {
    connection_params result;
    result.hostname = device.address();
    result.port = device.port();
    result.username = "lab";
    result.password = secret{"lab"};
    result.platform = "cisco_iosxe";
    result.extras["host_key_policy"] = "off";
    result.secrets["enable"] = secret{"s3cret"};
    result.via = {{{"bastion", "ssh"}, bastion.with_key()}};
    return result;
  }

  void check_works(const connection_actor& connection,
                   const lab::device& device) {
    request what;
    what.body = "show version";
    what.timeout = 30s;
    auto answer = execute(connection, what);
    BOOST_TEST_REQUIRE(brief(answer) == "ok");
    BOOST_TEST(answer->attributes["prompt"] == device.name() + "#");
  }

  size_t logins() const {
    return count(bastion.server.log(), "Accepted publickey");
  }

  ssh_fixture bastion;
  lab::server devices{switches()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(jump_test, fixture)

BOOST_AUTO_TEST_CASE(shells_of_many_devices_share_one_login_at_the_bastion) {
  std::vector<connection_actor> all;
  for (size_t i = 0; i < devices.size(); ++i) {
    auto device = devices.at(i);
    auto opened = open({device.name(), "cli"}, params_of(device));
    BOOST_TEST_REQUIRE(brief(opened) == "ok");
    all.push_back(*opened);
  }
  for (size_t i = 0; i < all.size(); ++i)
    check_works(all[i], devices.at(i));
  BOOST_TEST(logins() == 1u);
}

BOOST_AUTO_TEST_CASE(a_shell_comes_back_with_its_bastion) {
  auto device = devices.at(0);
  const connection_key key{device.name(), "cli"};
  auto connection = required(open(key, params_of(device)));
  check_works(connection, device);
  bastion.server.signal_sessions(SIGKILL);
  BOOST_TEST(eventually([&] {
    auto now
      = required(query<std::optional<connection_status>>(status_atom_v, key));
    return brief(now.value().last_error) == "connection_lost (jump)";
  }));
  check_works(connection, device);
  BOOST_TEST(logins() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
