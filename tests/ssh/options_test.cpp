#include <tieline/transports/ssh/preparation.hpp>

#include <boost/test/unit_test.hpp>

using namespace tieline;
using namespace tieline::ssh;
using namespace std::chrono_literals;

namespace {

struct type_ids {
  type_ids() {
    init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(type_ids);

const connection_key key{"r1", "ssh"};

connection_params good_params() {
  connection_params result;
  result.hostname = "192.0.2.1";
  result.username = "admin";
  return result;
}

std::string cause_of_profile(const connection_params& params) {
  auto result = make_profile(key, params, {});
  return result ? "" : failure_of(result.error()).cause;
}

} // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(extras_that_are_wrong_or_unknown_are_refused) {
  auto cause = [](const char* name, const char* value) {
    auto params = good_params();
    params.extras[name] = value;
    auto result = make_profile(key, params, {});
    BOOST_REQUIRE(!result);
    BOOST_TEST((code_of(result.error()) == errc::invalid_params));
    return failure_of(result.error()).cause;
  };
  BOOST_TEST(cause("max_channels", "0")
             == "extras.max_channels: must be 1 to 1000, not '0'");
  BOOST_TEST(
    cause("no_such_thing", "1")
      .find("extras.no_such_thing: unknown; there are connect_timeout, ")
    == 0u);
  BOOST_TEST(cause("private_key", "text")
             == "extras.private_key: is a secret, and no extra");
}

BOOST_AUTO_TEST_CASE(extras_go_over_the_options) {
  ssh_options defaults;
  defaults.auth_timeout = 7s;
  defaults.max_channels = 3;
  auto params = good_params();
  params.extras["max_channels"] = "5";
  auto result = make_profile(key, params, defaults);
  BOOST_REQUIRE(result);
  BOOST_TEST(result->options.max_channels == 5u);
  BOOST_TEST((result->options.auth_timeout == caf::timespan{7s}));
  BOOST_TEST(result->port == 22);
}

BOOST_AUTO_TEST_CASE(params_that_cannot_work_are_refused) {
  auto without = [](auto change) {
    auto params = good_params();
    change(params);
    return cause_of_profile(params);
  };
  auto starts = [](const std::string& text, const char* name) {
    return text.find(name) == 0;
  };
  BOOST_TEST(starts(without([](auto& p) { p.hostname = ""; }), "hostname"));
  BOOST_TEST(without([](auto& p) { p.hostname = "r1:2222"; })
             == "hostname: has a port, which is a param of its own: "
                "'r1:2222'");
  BOOST_TEST(starts(without([](auto& p) { p.hostname = " r1"; }), "hostname"));
  BOOST_TEST(starts(without([](auto& p) { p.hostname = "*"; }), "hostname"));
  BOOST_TEST(without([](auto& p) { p.hostname = "[::1]"; }) == "");
  BOOST_TEST(starts(without([](auto& p) { p.username = ""; }), "username"));
  BOOST_TEST(starts(without([](auto& p) { p.port = 0; }), "port"));
  BOOST_TEST(starts(without([](auto& p) {
                      p.password = secret{std::string_view{"a\0b", 3}};
                    }),
                    "password"));
  BOOST_TEST(starts(without([](auto& p) { p.secrets["pin"] = secret{"1"}; }),
                    "secrets.pin"));
}

BOOST_AUTO_TEST_SUITE_END()
