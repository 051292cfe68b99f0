#include <tieline/transports/ssh/profile.hpp>

#include <caf/config_option_set.hpp>

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

struct row {
  const char* name;
  const char* value;
  bool good;
};

const row extras[] = {
  {"connect_timeout", "500ms", true},
  {"connect_timeout", "10s", true},
  {"connect_timeout", "2min", true},
  {"connect_timeout", "1h", true},
  {"connect_timeout", "2h", false},
  {"connect_timeout", "10", false},
  {"connect_timeout", "0s", false},
  {"connect_timeout", "-1s", false},
  {"connect_timeout", "10us", false},
  {"connect_timeout", "soon", false},
  {"connect_timeout", "", false},
  {"key_exchange_timeout", "1s", true},
  {"auth_timeout", "1s", true},
  {"channel_timeout", "1s", true},
  {"host_key_policy", "strict", true},
  {"host_key_policy", "accept_new", true},
  {"host_key_policy", "off", true},
  {"host_key_policy", "no", false},
  {"host_key_policy", "", false},
  {"known_hosts", "/etc/ssh/ssh_known_hosts", true},
  {"private_key_file", "~/.ssh/id_ed25519", true},
  {"agent_socket", "env", true},
  {"max_channels", "1", true},
  {"max_channels", "1000", true},
  {"max_channels", "0", false},
  {"max_channels", "1001", false},
  {"max_channels", "-1", false},
  {"max_channels", "many", false},
  {"max-channels", "8", false},
  {"keepalive_interval", "0s", true},
  {"keepalive_interval", "1ms", true},
  {"keepalive_interval", "1h", true},
  {"keepalive_interval", "61min", false},
  {"keepalive_interval", "1us", false},
  {"keepalive_interval", "-1s", false},
  {"keepalive_interval", "0", false},
  {"keepalive_interval", "off", false},
  {"keepalive_count", "1", true},
  {"keepalive_count", "100", true},
  {"keepalive_count", "0", false},
  {"keepalive_count", "101", false},
  {"no_such_thing", "1", false},
};

errc code_of_profile(const connection_params& params) {
  auto result = make_profile(key, params, {});
  return result ? errc::none : code_of(result.error());
}

std::string cause_of_profile(const connection_params& params) {
  auto result = make_profile(key, params, {});
  return result ? "" : failure_of(result.error()).cause;
}

caf::settings config_of(const char* name, caf::config_value value) {
  caf::settings result;
  caf::put(result, std::string{"tieline.ssh."} + name, std::move(value));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(extras_are_checked_and_named_when_wrong) {
  for (const auto& x : extras)
    BOOST_TEST_CONTEXT(x.name << " = " << x.value) {
      auto params = good_params();
      params.extras[x.name] = x.value;
      BOOST_TEST((code_of_profile(params)
                  == (x.good ? errc::none : errc::invalid_params)));
      if (!x.good)
        BOOST_TEST(cause_of_profile(params).find(x.name) != std::string::npos);
    }
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
  BOOST_TEST(starts(without([](auto& p) { p.username = ""; }), "username"));
  BOOST_TEST(starts(without([](auto& p) { p.port = 0; }), "port"));
  BOOST_TEST(starts(without([](auto& p) {
                      p.password = secret{std::string_view{"a\0b", 3}};
                    }),
                    "password"));
  BOOST_TEST(starts(without([](auto& p) { p.secrets["pin"] = secret{"1"}; }),
                    "secrets.pin"));
}

BOOST_AUTO_TEST_CASE(settings_are_read_under_their_names_with_dashes) {
  auto result = ssh_options::load(
    config_of("auth-timeout", caf::config_value{caf::timespan{2s}}));
  BOOST_REQUIRE(result);
  BOOST_TEST((result->auth_timeout == caf::timespan{2s}));
  result
    = ssh_options::load(config_of("host-key-policy", caf::config_value{"off"}));
  BOOST_REQUIRE(result);
  BOOST_TEST((result->host_key_policy == host_key_policy::off));
  BOOST_TEST(bool(ssh_options::load({})));
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_is_named) {
  const std::pair<const char*, caf::config_value> wrong[] = {
    {"auth-timeout", caf::config_value{5}},
    {"auth-timeout", caf::config_value{"soon"}},
    {"max-channels", caf::config_value{0}},
    {"max_channels", caf::config_value{5}},
    {"host-key-policy", caf::config_value{"maybe"}},
    {"keepalive-interval", caf::config_value{caf::timespan{2h}}},
    {"keepalive-count", caf::config_value{0}},
    {"no-such-setting", caf::config_value{1}},
  };
  for (const auto& [name, value] : wrong) {
    BOOST_TEST_CONTEXT(name) {
      auto result = ssh_options::load(config_of(name, value));
      BOOST_REQUIRE(!result);
      BOOST_TEST((code_of(result.error()) == errc::invalid_setting));
      BOOST_TEST(failure_of(result.error()).cause.find(name)
                 != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_section_that_is_no_section_is_named) {
  caf::settings config;
  caf::put(config, "tieline.ssh", 5);
  auto result = ssh_options::load(config);
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::invalid_setting));
}

BOOST_AUTO_TEST_CASE(all_settings_can_be_given_on_the_command_line) {
  caf::config_option_set options;
  ssh_options::add_options(options);
  caf::settings parsed;
  auto result = options.parse(parsed, {"--tieline.ssh.connect-timeout=3s",
                                       "--tieline.ssh.max-channels=4",
                                       "--tieline.ssh.keepalive-interval=0s",
                                       "--tieline.ssh.keepalive-count=5",
                                       "--tieline.ssh.known-hosts=/tmp/kh"});
  BOOST_TEST((result.first == caf::pec::success));
  auto loaded = ssh_options::load(parsed);
  BOOST_REQUIRE(loaded);
  BOOST_TEST((loaded->connect_timeout == caf::timespan{3s}));
  BOOST_TEST(loaded->max_channels == 4u);
  BOOST_TEST((loaded->keepalive_interval == caf::timespan{0}));
  BOOST_TEST(loaded->keepalive_count == 5u);
  BOOST_TEST(loaded->known_hosts == "/tmp/kh");
}

BOOST_AUTO_TEST_CASE(options_given_as_a_struct_are_checked_too) {
  BOOST_TEST(ssh_options{}.check().empty());
  ssh_options no_channels;
  no_channels.max_channels = 0;
  BOOST_TEST((code_of(no_channels.check()) == errc::invalid_setting));
  ssh_options no_time;
  no_time.auth_timeout = caf::timespan{0};
  BOOST_TEST(failure_of(no_time.check()).cause.find("auth-timeout")
             != std::string::npos);
  ssh_options no_keepalive;
  no_keepalive.keepalive_interval = caf::timespan{0};
  BOOST_TEST(no_keepalive.check().empty());
  no_keepalive.keepalive_interval = caf::timespan{1us};
  BOOST_TEST(failure_of(no_keepalive.check()).cause.find("keepalive-interval")
             != std::string::npos);
  ssh_options impatient;
  impatient.keepalive_count = 0;
  BOOST_TEST(failure_of(impatient.check()).cause.find("keepalive-count")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
