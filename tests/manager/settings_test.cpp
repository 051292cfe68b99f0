#include "support/actors/managed.hpp"

#include "tieline/actors/settings.hpp"
#include "tieline/messages/options/option_table.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

using namespace tieline;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() {
    init();
  }
};

caf::settings parsed(const std::string& text) {
  std::istringstream in{text};
  auto config = caf::actor_system_config::parse_config(in);
  BOOST_REQUIRE(config);
  return std::move(*config);
}

using extras_map = std::map<std::string, std::string>;

const connection_key key{"r1", "p"};

struct bad_row {
  const char* config;
  const char* cause;
};

std::ostream& operator<<(std::ostream& out, const bad_row& x) {
  return out << x.config;
}

const bad_row bad_rows[] = {
  {"tieline { open-timeout = 0s }",
   "tieline.open-timeout: must be 1ms to 1h, not '0s'"},
  {"tieline { open-timeout = \"soon\" }",
   "tieline.open-timeout: must be 1ms to 1h, not 'soon'"},
  {"tieline { shutdown-timeout = -1s }",
   "tieline.shutdown-timeout: must be 1ms to 1h, not '-1s'"},
  {"tieline { output-limit = 0 }",
   "tieline.output-limit: must be 1 to 1099511627776, not '0'"},
  {"tieline { opne-timeout = 1s }", "tieline.opne-timeout: unknown; there are"},
  {"tieline { open_timout = 1s }", "tieline.open_timout: unknown; there are"},
  {"tieline { open_timeout = 1s, open-timeout = 1s }", "tieline.open"},
  {"tieline = 3", "tieline: not a group of settings"},
  {"tieline { plugin = 3 }", "tieline.plugin: unknown; there are"},
  {"tieline { plugin { ssh = 3 } }",
   "tieline.plugin.ssh: not a group of settings"},
  {"tieline { plugin { ssh { opne-timeout = 1s } } }",
   "tieline.plugin.ssh.opne-timeout: unknown; there are"},
  {"tieline { plugin { ssh { max-opening = 1 } } }",
   "tieline.plugin.ssh.max-opening: unknown; there are"},
  {"tieline { plugin { ssh { keepalive { open-timeout = 1s } } } }",
   "tieline.plugin.ssh.keepalive: unknown; there are"},
  {"tieline { plugin { ssh { open-timeout = 2h } } }",
   "tieline.plugin.ssh.open-timeout: must be 1ms to 1h, not '2h'"},
  {"tieline { backoff-max = 500ms }",
   "tieline.backoff-max: 500ms is less than backoff, which is 1s"},
  {"tieline { backoff = 2min }",
   "tieline.backoff-max: 1min is less than backoff, which is 2min"},
  {"tieline { breaker-delay-max = 10s }",
   "tieline.breaker-delay-max: 10s is less than breaker-delay, which is 15s"},
  {"tieline { plugin { ssh { breaker-delay = 10min } } }",
   "tieline.plugin.ssh.breaker-delay-max: 5min is less than breaker-delay, "
   "which is 10min"},
  {"tieline { plugin { ssh { backoff-max = 1min } }, backoff-max = 10min\n"
   "backoff = 2min }",
   "tieline.plugin.ssh.backoff-max: 1min is less than backoff, which is 2min"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(settings_test, fixture)

BOOST_AUTO_TEST_CASE(without_a_config_there_are_defaults) {
  auto got = settings::load({});
  BOOST_REQUIRE(got);
  BOOST_CHECK(got->open_timeout == 30s);
  BOOST_CHECK(got->close_timeout == 5s);
  BOOST_CHECK(got->plugins.empty());
  BOOST_CHECK(!got->check());
}

BOOST_DATA_TEST_CASE(a_bad_setting_is_an_error_that_names_it,
                     boost::unit_test::data::make(bad_rows), row) {
  init();
  auto got = settings::load(parsed(row.config));
  BOOST_REQUIRE(!got);
  BOOST_CHECK(got.error() == errc::invalid_setting);
  auto cause = failure_of(got.error()).cause;
  BOOST_CHECK_EQUAL(cause.substr(0, std::string{row.cause}.size()), row.cause);
}

BOOST_AUTO_TEST_CASE(groups_of_others_are_their_own_business) {
  BOOST_CHECK(
    settings::load(parsed("tieline { ssh { connect-timeout = 1s } }")));
  BOOST_CHECK(settings::load(parsed("tieline { plugin { } }")));
  BOOST_CHECK(settings::load(parsed("another { open-timeout = 0s }")));
}

BOOST_AUTO_TEST_CASE(a_plugin_inherits_what_is_set_for_all) {
  const std::string plugin = "plugin { ssh { open-timeout = 2s } }\n";
  const std::string rest = "open-timeout = 3s\nidle-timeout = 4s\n";
  for (auto& text : {plugin + rest, rest + plugin}) {
    BOOST_TEST_CONTEXT(text) {
      auto got = settings::load(parsed("tieline {" + text + "}"));
      BOOST_REQUIRE(got);
      BOOST_CHECK(got->policy_of("ssh").open_timeout == 2s);
      BOOST_CHECK(got->policy_of("ssh").idle_timeout == 4s);
      BOOST_CHECK(got->policy_of("ssh").close_timeout == 5s);
      BOOST_CHECK(got->policy_of("telnet").open_timeout == 3s);
      BOOST_CHECK(got->open_timeout == 3s);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_plugin_has_its_own) {
  auto got = settings::load(parsed("tieline { plugin {\n"
                                   "ssh { open-timeout = 2s }\n"
                                   "telnet { keep-open = true } } }"));
  BOOST_REQUIRE(got);
  BOOST_CHECK_EQUAL(got->plugins.size(), 2u);
  BOOST_CHECK(got->policy_of("ssh").open_timeout == 2s);
  BOOST_CHECK(!got->policy_of("ssh").keep_open);
  BOOST_CHECK(got->policy_of("telnet").open_timeout == 30s);
  BOOST_CHECK(got->policy_of("telnet").keep_open);
}

BOOST_AUTO_TEST_CASE(extras_build_on_what_they_are_given) {
  policy of_plugin;
  of_plugin.idle_timeout = 4s;
  extras_map extras{{"open_timeout", "1500ms"},
                    {"keep-open", "true"},
                    {"backoff_jitter", "0"}};
  BOOST_REQUIRE(!policy::table().take_extras(key, of_plugin, extras, false));
  BOOST_CHECK(extras.empty());
  BOOST_CHECK(of_plugin.open_timeout == 1500ms);
  BOOST_CHECK(of_plugin.keep_open);
  BOOST_CHECK_EQUAL(of_plugin.backoff_jitter, 0u);
  BOOST_CHECK(of_plugin.idle_timeout == 4s);
}

BOOST_AUTO_TEST_CASE(extras_that_are_no_setting_of_a_policy_stay) {
  const extras_map others{{"known_hosts", "/tmp/kh"},
                          {"credential_domain", "tacacs"},
                          {"max_opening", "of all together"}};
  auto extras = others;
  extras.emplace("open_timeout", "1s");
  policy scratch;
  BOOST_CHECK(!policy::table().take_extras(key, scratch, extras, false));
  BOOST_CHECK(extras == others);
}

BOOST_AUTO_TEST_CASE(extras_that_contradict_each_other_are_invalid_params) {
  auto cause = [](const char* name, const char* value) {
    policy scratch;
    extras_map extras{{name, value}};
    auto error = policy::table().take_extras(key, scratch, extras, false);
    return error ? failure_of(error).cause : std::string{};
  };
  BOOST_CHECK_EQUAL(cause("backoff_max", "500ms"),
                    "extras.backoff_max: 500ms is less than backoff, which is "
                    "1s");
  BOOST_CHECK_EQUAL(cause("backoff", "2min"),
                    "extras.backoff_max: 1min is less than backoff, which is "
                    "2min");
  BOOST_CHECK_EQUAL(cause("breaker_delay", "10min"),
                    "extras.breaker_delay_max: 5min is less than "
                    "breaker-delay, which is 10min");
  BOOST_CHECK_EQUAL(cause("backoff_max", "1s"), "");
}

BOOST_AUTO_TEST_CASE(settings_made_by_hand_are_checked_too) {
  auto cause = [](auto change) {
    settings x;
    change(x);
    auto got = x.check();
    BOOST_CHECK_EQUAL(code_of(got), errc::invalid_setting);
    return failure_of(got).cause;
  };
  BOOST_CHECK_EQUAL(cause([](settings& x) { x.open_timeout = 0s; }),
                    "tieline.open-timeout: must be 1ms to 1h, not '0s'");
  BOOST_CHECK_EQUAL(cause([](settings& x) { x.event_buffer = 0; }),
                    "tieline.event-buffer: must be 1 to 1000000, not '0'");
  BOOST_CHECK_EQUAL(cause([](settings& x) { x.backoff_max = 1ms; }),
                    "tieline.backoff-max: 1ms is less than backoff, which is "
                    "1s");
  BOOST_CHECK_EQUAL(
    cause([](settings& x) { x.plugins["ssh"].backoff_jitter = 101; }),
    "tieline.plugin.ssh.backoff-jitter: must be 0 to 100, not '101'");
  BOOST_CHECK_EQUAL(cause(
                      [](settings& x) { x.plugins["ssh"].breaker_delay = 1h; }),
                    "tieline.plugin.ssh.breaker-delay-max: 5min is less than "
                    "breaker-delay, which is 1h");
}

BOOST_AUTO_TEST_CASE(a_host_reads_all_from_its_config_file) {
  struct with_tieline : caf::actor_system_config {
    with_tieline() {
      settings::add_options(custom_options_);
    }
  } config;
  std::istringstream file{"tieline { plugin { ssh { keep-open = true } }\n"
                          "idle-timeout = 1min }"};
  BOOST_REQUIRE(!config.parse({"--tieline.open-timeout=2s"}, file));
  auto got = settings::load(content(config));
  BOOST_REQUIRE(got);
  BOOST_CHECK(got->open_timeout == 2s);
  BOOST_CHECK(got->idle_timeout == 1min);
  BOOST_CHECK(got->policy_of("ssh").keep_open);
  BOOST_CHECK(got->policy_of("ssh").open_timeout == 2s);
}

BOOST_AUTO_TEST_CASE(a_manager_refuses_to_start_with_a_bad_setting) {
  struct with_tieline : caf::actor_system_config {
    with_tieline() {
      settings::add_options(custom_options_);
    }
  } config;
  config.set("tieline.open-timeout", caf::timespan{0});
  caf::actor_system sys{config};
  BOOST_CHECK_THROW(spawn_manager(sys), std::invalid_argument);
  settings given;
  given.output_limit = 0;
  BOOST_CHECK_THROW(spawn_manager(sys, given), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
