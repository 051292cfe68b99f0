#include "tieline/messages/failure.hpp"
#include "tieline/transports/netconf/profile.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::netconf;
using namespace std::chrono_literals;

namespace {

const connection_key key{"r1", "netconf"};

} // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(extras_that_are_wrong_or_unknown_are_refused) {
  auto cause = [](const char* name, const char* value) {
    connection_params params;
    params.extras[name] = value;
    auto got = make_profile(key, params, {});
    BOOST_REQUIRE(!got);
    BOOST_TEST((code_of(got.error()) == errc::invalid_params));
    return failure_of(got.error()).cause;
  };
  BOOST_TEST(cause("max_depth", "15")
             == "extras.max_depth: must be 16 to 10000, not '15'");
  auto unknown = cause("no_such_thing", "1");
  for (auto* name : {"hello_timeout, ", "share_session, ", "max_channels, "})
    BOOST_TEST(unknown.find(name) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_ours_is_left_to_the_ssh_session) {
  connection_params params;
  params.username = "admin";
  params.extras = {{"max_depth", "100"}, {"host_key_policy", "off"}};
  auto got = make_profile(key, params, {});
  BOOST_REQUIRE(got);
  BOOST_TEST(got->options.max_depth == 100u);
  BOOST_TEST(got->ssh.extras.size() == 1u);
  BOOST_TEST(got->ssh.extras.at("host_key_policy") == "off");
  BOOST_TEST(got->ssh.username == "admin");
  BOOST_TEST(*got->ssh.port == 830u);
  params.port = 22;
  BOOST_TEST(*make_profile(key, params, {})->ssh.port == 22u);
}

BOOST_AUTO_TEST_CASE(the_name_of_a_credential_is_left_to_the_session_below) {
  connection_params params;
  params.extras["credential"] = "core";
  params.extras["credential-refused"] = "mark";
  BOOST_TEST(!netconf::make_profile({"r1", "netconf"}, params, {}));
  params.extras.erase("credential-refused");
  auto made = netconf::make_profile({"r1", "netconf"}, params, {});
  BOOST_REQUIRE(made);
  BOOST_TEST(made->ssh.extras.at("credential") == "core");
}

BOOST_AUTO_TEST_SUITE_END()
