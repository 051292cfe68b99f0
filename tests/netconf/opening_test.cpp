#include "netconf/netconf_fixture.hpp"
#include "support/manager_client.hpp"
#include "support/own_network.hpp"

#include <tieline/lab/lab.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

// What is told of an open that takes long, and which params are the same.

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

// For a port of our choice.
BOOST_TEST_GLOBAL_FIXTURE(own_network);

const connection_key key{"r1", "netconf"};

lab::options one_device() {
  lab::options result;
  result.port = 830;
  return result;
}

struct fixture : manager_client<netconf_client> {
  fixture() : manager_client("netconf") {
    // nop
  }

  step reached() {
    auto status
      = required(query<std::optional<connection_status>>(status_atom_v, key));
    return status ? status->reached : step::none;
  }

  connection_params params() const {
    auto result = params_of(device.address(), device.port(), "lab");
    result.password = secret{"lab"};
    result.extras["host_key_policy"] = "off";
    return result;
  }

  /// Opens in vain until that step is reached, then checks what is told of it.
  void check_step(step at) {
    auto patient = params();
    patient.extras["auth_timeout"] = "1h";
    patient.extras["hello_timeout"] = "1h";
    auto pending = start_open(key, patient, 10min);
    BOOST_TEST(eventually([&] { return reached() == at; }));
    auto hasty = open(key, patient, 1ms);
    BOOST_TEST(brief(hasty) == "timeout (" + to_string(at) + ')');
    required(query<uint64_t>(operate_atom_v, operation::kill, selector{},
                             caf::timespan{0}));
    auto killed = take<std::optional<connection_actor>>(std::move(pending));
    BOOST_CHECK(code_of(killed.error()) == errc::canceled);
  }

  lab::server devices{one_device()};
  lab::device device = devices.at(0);
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(opening_test, fixture)

BOOST_AUTO_TEST_CASE(a_login_that_hangs_is_told_as_one) {
  device.set(lab::fault::slow_login, 3'600'000);
  check_step(step::auth);
}

BOOST_AUTO_TEST_CASE(a_server_without_a_hello_is_told_as_one) {
  device.set(lab::fault::netconf_no_hello);
  check_step(step::hello);
}

BOOST_AUTO_TEST_CASE(a_hello_that_comes_too_late_is_told_as_such) {
  device.set(lab::fault::netconf_no_hello);
  auto hasty = params();
  hasty.extras["hello_timeout"] = "100ms";
  hasty.extras["open_retries"] = "0";
  BOOST_TEST(brief(open(key, hasty)) == "timeout (hello)");
}

BOOST_AUTO_TEST_CASE(params_that_mean_the_same_have_one_session) {
  auto first = required(open(key, params()));
  std::vector<connection_params> same(6, params());
  same[0].port.reset();
  // Its own, and those of its SSH session.
  same[1].extras["hello_timeout"] = "30s";
  same[2].extras["hello-timeout"] = "30000ms";
  same[3].extras["share_session"] = "false";
  same[4].extras["keepalive-interval"] = "30000ms";
  same[5].extras["private_key_file"] = "";
  for (const auto& x : same)
    BOOST_CHECK(required(open(key, x)) == first);
  auto counted = required(query<std::optional<connection_counters>>(
    counters_atom_v, std::string{"netconf"}));
  BOOST_TEST(counted.value().open_calls == 1u);
  BOOST_TEST(counted.value().create_calls == 1u);
  BOOST_TEST(device.count().accepted == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
