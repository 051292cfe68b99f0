
#include "tieline/transports/netconf/profile.hpp"

#include <caf/config_option_set.hpp>

using namespace tieline;
using namespace tieline::netconf;
using namespace std::chrono_literals;

namespace {

const connection_key key{"r1", "netconf"};

struct row {
  const char* name;
  const char* value;
  bool good;
};

const row extras[] = {
  {"hello_timeout", "1ms", true},    {"hello_timeout", "1h", true},
  {"hello_timeout", "61min", false}, {"hello_timeout", "0s", false},
  {"hello_timeout", "10", false},    {"max_pipelined", "1", true},
  {"max_pipelined", "1000", true},   {"max_pipelined", "0", false},
  {"max_pipelined", "1001", false},  {"max_pipelined", "-1", false},
  {"message_limit", "1024", true},   {"message_limit", "1073741824", true},
  {"message_limit", "1023", false},  {"message_limit", "1073741825", false},
  {"max_depth", "16", true},         {"max_depth", "10000", true},
  {"max_depth", "15", false},        {"max_depth", "10001", false},
  {"version", "both", true},         {"version", "1.0", true},
  {"version", "1.1", true},          {"version", "1.2", false},
  {"share_session", "true", true},   {"share_session", "false", true},
  {"share_session", "yes", false},
};

caf::settings config_of(const char* name, caf::config_value value) {
  caf::settings result;
  caf::put(result, std::string{"tieline.netconf."} + name, std::move(value));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(extras_are_checked_and_named_when_wrong) {
  for (const auto& x : extras)
    BOOST_TEST_CONTEXT(x.name << " = " << x.value) {
      connection_params params;
      params.extras[x.name] = x.value;
      auto got = make_profile(key, params, {});
      BOOST_TEST(!!got == x.good);
      if (got) {
        BOOST_TEST(got->options.check().empty());
      } else {
        BOOST_TEST((code_of(got.error()) == errc::invalid_params));
        BOOST_TEST(failure_of(got.error()).cause.find(x.name)
                   != std::string::npos);
      }
    }
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

BOOST_AUTO_TEST_CASE(settings_are_loaded_and_named_when_wrong) {
  auto got = netconf_options::load(
    config_of("hello-timeout", caf::config_value{"5s"}));
  BOOST_REQUIRE(got);
  BOOST_TEST((got->hello_timeout == 5s));
  const std::pair<const char*, caf::config_value> wrong[] = {
    {"hello_timeout", caf::config_value{"5s"}},
    {"max-depth", caf::config_value{3}},
    {"no-such-thing", caf::config_value{1}},
  };
  for (const auto& [name, value] : wrong)
    BOOST_TEST_CONTEXT(name) {
      got = netconf_options::load(config_of(name, value));
      BOOST_REQUIRE(!got);
      BOOST_TEST((code_of(got.error()) == errc::invalid_setting));
      BOOST_TEST(failure_of(got.error()).cause.find(name) != std::string::npos);
    }
  caf::settings no_section;
  caf::put(no_section, "tieline.netconf", 1);
  BOOST_TEST(!netconf_options::load(no_section));
  BOOST_TEST(!!netconf_options::load({}));
}

BOOST_AUTO_TEST_CASE(each_setting_is_declared) {
  caf::config_option_set declared;
  netconf_options::add_options(declared);
  for (const auto* name : {"hello-timeout", "max-pipelined", "message-limit",
                           "max-depth", "version", "share-session"})
    BOOST_TEST_CONTEXT(name)
  BOOST_TEST(
    (declared.qualified_name_lookup(std::string{"tieline.netconf."} + name)
     != nullptr));
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_named) {
  netconf_options options;
  BOOST_TEST(options.check().empty());
  options.max_pipelined = 0;
  BOOST_TEST(failure_of(options.check()).cause.find("max-pipelined")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
