#include "support/actors/managed.hpp"

#include "tieline/actors/settings.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
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

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// Where a setting can be given, and what errors call it there.
enum class place { general, plugin, extras };

constexpr place places[] = {place::general, place::plugin, place::extras};

using extras_map = std::map<std::string, std::string>;

/// Loads one more setting than `base`, another config text, has.
caf::expected<policy> load_one(place where, const std::string& name,
                               const std::string& value,
                               const std::string& base = {}) {
  if (where == place::extras) {
    auto defaults = settings::load(parsed("tieline {" + base + "}"));
    BOOST_REQUIRE(defaults);
    extras_map extras{{underscored(name), value}};
    auto result = take_policy(*defaults, extras);
    BOOST_CHECK(extras.empty());
    return result;
  }
  auto line = name + " = " + value;
  auto text = where == place::general ? base + '\n' + line
                                      : "plugin { p {" + line + "} }\n" + base;
  auto result = settings::load(parsed("tieline {" + text + "}"));
  if (!result)
    return result.error();
  return result->policy_of(where == place::general ? "another" : "p");
}

std::string full_name(place where, const std::string& name) {
  switch (where) {
    case place::general:
      return "tieline." + name;
    case place::plugin:
      return "tieline.plugin.p." + name;
    default:
      return "extras." + underscored(name);
  }
}

/// Checks that it is an error of a setting at a place, for this reason.
template <class T>
void check_error(const caf::expected<T>& got, place where,
                 const std::string& name, const std::string& why) {
  BOOST_REQUIRE(!got);
  BOOST_CHECK_EQUAL(code_of(got.error()), where == place::extras
                                            ? errc::invalid_params
                                            : errc::invalid_setting);
  auto begin = full_name(where, name) + ": " + why;
  BOOST_CHECK_EQUAL(failure_of(got.error()).cause.substr(0, begin.size()),
                    begin);
}

struct policy_row {
  const char* name;
  /// Not the default.
  const char* value;
  bool (*is_set)(const policy&);
};

const policy_row policy_rows[] = {
  {"open-timeout", "2s", [](auto& x) { return x.open_timeout == 2s; }},
  {"acquire-timeout", "3s", [](auto& x) { return x.acquire_timeout == 3s; }},
  {"execute-timeout", "1h", [](auto& x) { return x.execute_timeout == 1h; }},
  {"close-timeout", "7ms", [](auto& x) { return x.close_timeout == 7ms; }},
  {"open-retries", "0", [](auto& x) { return x.open_retries == 0; }},
  {"backoff", "2s", [](auto& x) { return x.backoff == 2s; }},
  {"backoff-max", "9s", [](auto& x) { return x.backoff_max == 9s; }},
  {"backoff-jitter", "33", [](auto& x) { return x.backoff_jitter == 33; }},
  {"stable-after", "0s", [](auto& x) { return x.stable_after == 0s; }},
  {"keep-open", "true", [](auto& x) { return x.keep_open; }},
  {"breaker-failures", "0", [](auto& x) { return x.breaker_failures == 0; }},
  {"breaker-delay", "20s", [](auto& x) { return x.breaker_delay == 20s; }},
  {"breaker-delay-max", "99s",
   [](auto& x) { return x.breaker_delay_max == 99s; }},
  {"opens-per-minute", "6", [](auto& x) { return x.opens_per_minute == 6; }},
  {"idle-timeout", "168h", [](auto& x) { return x.idle_timeout == 168h; }},
  {"max-lifetime", "24h", [](auto& x) { return x.max_lifetime == 24h; }},
  {"eviction-jitter", "50", [](auto& x) { return x.eviction_jitter == 50; }},
  {"output-limit", "1024", [](auto& x) { return x.output_limit == 1024; }},
  {"queue-limit", "1", [](auto& x) { return x.queue_limit == 1; }},
  {"long-hold", "45s", [](auto& x) { return x.long_hold == 45s; }},
  {"long-wait", "15s", [](auto& x) { return x.long_wait == 15s; }},
  {"probe-after", "1min", [](auto& x) { return x.probe_after == 1min; }},
  {"probe-timeout", "1s", [](auto& x) { return x.probe_timeout == 1s; }},
};

struct general_row {
  const char* name;
  const char* value;
  bool (*is_set)(const settings&);
};

const general_row general_rows[] = {
  {"max-opening", "7", [](auto& x) { return x.max_opening == 7; }},
  {"max-opening-per-credential", "6",
   [](auto& x) { return x.max_opening_per_credential == 6; }},
  {"max-opening-per-jump-domain", "5",
   [](auto& x) { return x.max_opening_per_jump_domain == 5; }},
  {"credential-failures", "0",
   [](auto& x) { return x.credential_failures == 0; }},
  {"max-sessions", "4", [](auto& x) { return x.max_sessions == 4; }},
  {"event-buffer", "9", [](auto& x) { return x.event_buffer == 9; }},
  {"shutdown-timeout", "1min",
   [](auto& x) { return x.shutdown_timeout == 1min; }},
  {"node-name", "\"n1\"", [](auto& x) { return x.node_name == "n1"; }},
};

/// What has to be set for any value of another setting to go with it.
std::string partner_of(const std::string& name) {
  if (name == "backoff")
    return "backoff-max = 24h";
  if (name == "backoff-max")
    return "backoff = 0s";
  if (name == "breaker-delay")
    return "breaker-delay-max = 24h";
  if (name == "breaker-delay-max")
    return "breaker-delay = 1ms";
  return {};
}

bool is_bool(const setting_info& x) {
  return x.range == "true or false";
}

/// Anything goes.
bool is_text(const setting_info& x) {
  return x.range == "text";
}

bool is_number(const setting_info& x) {
  return x.fallback.find_first_not_of("0123456789") == std::string::npos;
}

/// Returns the least and the most that a setting may be.
std::pair<std::string, std::string> ends_of(const setting_info& x) {
  auto middle = x.range.find(" to ");
  BOOST_REQUIRE(middle != std::string::npos);
  return {x.range.substr(0, middle), x.range.substr(middle + 4)};
}

/// Returns the value that is so much more, for a timespan in nanoseconds.
std::string moved(const setting_info& x, const std::string& text, int by) {
  auto value = caf::config_value::parse(text);
  BOOST_REQUIRE(value);
  if (is_number(x))
    return std::to_string(*caf::get_as<int64_t>(*value) + by);
  return std::to_string(caf::get_as<caf::timespan>(*value)->count() + by)
         + "ns";
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings_test)

BOOST_FIXTURE_TEST_SUITE(settings_tests, fixture)

BOOST_AUTO_TEST_CASE(without_a_config_there_are_defaults) {
  auto got = settings::load({});
  BOOST_REQUIRE(got);
  BOOST_CHECK(got->open_timeout == 30s);
  BOOST_CHECK(got->close_timeout == 5s);
  BOOST_CHECK(got->plugins.empty());
  BOOST_CHECK(!got->check());
}

BOOST_AUTO_TEST_CASE(the_tables_of_this_test_have_all_settings) {
  std::vector<std::string> expected;
  for (auto& row : policy_rows)
    expected.emplace_back(row.name);
  for (auto& row : general_rows)
    expected.emplace_back(row.name);
  std::vector<std::string> got;
  for (auto& row : all_settings()) {
    got.push_back(row.name);
    BOOST_CHECK_EQUAL(row.of_policy, got.size() <= std::size(policy_rows));
  }
  BOOST_CHECK_EQUAL_COLLECTIONS(got.begin(), got.end(), expected.begin(),
                                expected.end());
}

BOOST_AUTO_TEST_CASE(each_setting_of_a_policy_sets_itself_and_nothing_else) {
  for (auto where : places)
    for (auto& row : policy_rows) {
      BOOST_TEST_CONTEXT(full_name(where, row.name)) {
        auto got = load_one(where, row.name, row.value);
        BOOST_REQUIRE(got);
        for (auto& other : policy_rows)
          BOOST_CHECK_EQUAL(other.is_set(*got), &other == &row);
      }
    }
}

BOOST_AUTO_TEST_CASE(each_other_setting_sets_itself_and_nothing_else) {
  for (auto& row : general_rows) {
    BOOST_TEST_CONTEXT(row.name) {
      auto got = settings::load(
        parsed(std::string{"tieline {"} + row.name + " = " + row.value + "}"));
      BOOST_REQUIRE(got);
      for (auto& other : general_rows)
        BOOST_CHECK_EQUAL(other.is_set(*got), &other == &row);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_setting_may_be_what_its_range_says_and_no_more) {
  for (auto where : places)
    for (auto& x : all_settings()) {
      if (is_bool(x) || is_text(x) || (where != place::general && !x.of_policy))
        continue;
      auto [least, most] = ends_of(x);
      auto base = partner_of(x.name);
      BOOST_TEST_CONTEXT(full_name(where, x.name)) {
        BOOST_CHECK(load_one(where, x.name, least, base));
        BOOST_CHECK(load_one(where, x.name, most, base));
        BOOST_CHECK(load_one(where, x.name, x.fallback, base));
        check_error(load_one(where, x.name, moved(x, most, 1), base), where,
                    x.name, "out of range");
        auto less = load_one(where, x.name, moved(x, least, -1), base);
        // A negative number is not even a number of this kind.
        auto no_value = is_number(x) && least == "0";
        check_error(less, where, x.name,
                    no_value ? "not a valid value" : "out of range");
      }
    }
}

BOOST_AUTO_TEST_CASE(a_value_of_another_type_is_an_error) {
  const std::vector<std::string> no_times{"5",   "1.5",  "true", "\"soon\"",
                                          "[1]", "\"\"", "\"5\""};
  const std::vector<std::string> no_numbers{"-1",   "1.5",      "true",
                                            "5s",   "\"many\"", "[1]",
                                            "\"\"", "\"-1\"",   "\"1.5\""};
  const std::vector<std::string> no_bools{"1",    "5s",       "\"yes\"",
                                          "\"\"", "\"TRUE\"", "[true]"};
  for (auto where : {place::general, place::plugin})
    for (auto& x : all_settings()) {
      if (is_text(x) || (where != place::general && !x.of_policy))
        continue;
      auto& wrong = is_bool(x)     ? no_bools
                    : is_number(x) ? no_numbers
                                   : no_times;
      for (auto& value : wrong) {
        BOOST_TEST_CONTEXT(full_name(where, x.name) << " = " << value)
        check_error(load_one(where, x.name, value), where, x.name,
                    "not a valid value");
      }
    }
}

BOOST_AUTO_TEST_CASE(extras_of_the_wrong_type_are_invalid_params) {
  for (auto& x : all_settings()) {
    if (!x.of_policy)
      continue;
    auto wrong = is_bool(x)     ? extras_map{{"1", ""}, {"yes", ""}, {"", ""}}
                 : is_number(x) ? extras_map{{"-1", ""}, {"1.5", ""}, {"", ""}}
                                : extras_map{{"5", ""}, {"soon", ""}, {"", ""}};
    for (auto& [value, unused] : wrong) {
      BOOST_TEST_CONTEXT(x.name << " = " << value)
      check_error(load_one(place::extras, x.name, value), place::extras, x.name,
                  "not a valid value");
    }
  }
}

BOOST_AUTO_TEST_CASE(times_too_long_for_a_number_are_errors) {
  check_error(load_one(place::extras, "idle-timeout", "99999999999h"),
              place::extras, "idle-timeout", "out of range");
  check_error(load_one(place::general, "output-limit", "1e300"), place::general,
              "output-limit", "not a valid value");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct bad_row {
  const char* config;
  const char* cause;
};

std::ostream& operator<<(std::ostream& out, const bad_row& x) {
  return out << x.config;
}

const bad_row bad_rows[] = {
  {"tieline { open-timeout = 0s }",
   "tieline.open-timeout: out of range: 0s is not in 1ms to 1h"},
  {"tieline { open-timeout = \"soon\" }",
   "tieline.open-timeout: not a valid value: soon"},
  {"tieline { shutdown-timeout = -1s }",
   "tieline.shutdown-timeout: out of range: -1s is not in 1ms to 1h"},
  {"tieline { output-limit = 0 }",
   "tieline.output-limit: out of range: 0 is not in 1 to 1099511627776"},
  {"tieline { opne-timeout = 1s }", "tieline.opne-timeout: no such setting"},
  {"tieline { open_timeout = 1s }", "tieline.open_timeout: no such setting"},
  {"tieline = 3", "tieline: not a group of settings"},
  {"tieline { plugin = 3 }", "tieline.plugin: no such setting"},
  {"tieline { plugin { ssh = 3 } }",
   "tieline.plugin.ssh: not a group of settings"},
  {"tieline { plugin { ssh { opne-timeout = 1s } } }",
   "tieline.plugin.ssh.opne-timeout: no such setting"},
  {"tieline { plugin { ssh { max-opening = 1 } } }",
   "tieline.plugin.ssh.max-opening: no such setting"},
  {"tieline { plugin { ssh { keepalive { open-timeout = 1s } } } }",
   "tieline.plugin.ssh.keepalive: no such setting"},
  {"tieline { plugin { ssh { open-timeout = 2h } } }",
   "tieline.plugin.ssh.open-timeout: out of range: 2h is not in 1ms to 1h"},
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

BOOST_DATA_TEST_CASE(a_bad_setting_is_an_error_that_names_it,
                     boost::unit_test::data::make(bad_rows), row) {
  init();
  auto got = settings::load(parsed(row.config));
  BOOST_REQUIRE(!got);
  BOOST_CHECK(got.error() == errc::invalid_setting);
  BOOST_CHECK_EQUAL(failure_of(got.error()).cause, row.cause);
}

BOOST_FIXTURE_TEST_SUITE(settings_together, fixture)

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
  auto plugin = load_one(place::plugin, "idle-timeout", "4s");
  BOOST_REQUIRE(plugin);
  extras_map extras{{"open_timeout", "1500ms"},
                    {"keep_open", "true"},
                    {"backoff_jitter", "0"}};
  auto got = take_policy(*plugin, extras);
  BOOST_REQUIRE(got);
  BOOST_CHECK(extras.empty());
  BOOST_CHECK(got->open_timeout == 1500ms);
  BOOST_CHECK(got->keep_open);
  BOOST_CHECK_EQUAL(got->backoff_jitter, 0u);
  BOOST_CHECK(got->idle_timeout == 4s);
}

BOOST_AUTO_TEST_CASE(extras_that_are_no_setting_of_a_policy_stay) {
  const extras_map others{{"known_hosts", "/tmp/kh"},
                          {"credential_domain", "tacacs"},
                          {"open-timeout", "with a dash"},
                          {"max_opening", "of all together"}};
  auto extras = others;
  extras.emplace("open_timeout", "1s");
  BOOST_CHECK(take_policy({}, extras));
  BOOST_CHECK(extras == others);
}

BOOST_AUTO_TEST_CASE(extras_that_contradict_each_other_are_invalid_params) {
  check_error(load_one(place::extras, "backoff-max", "500ms"), place::extras,
              "backoff-max", "500ms is less than backoff, which is 1s");
  check_error(load_one(place::extras, "backoff", "2min"), place::extras,
              "backoff-max", "1min is less than backoff, which is 2min");
  check_error(load_one(place::extras, "breaker-delay", "10min"), place::extras,
              "breaker-delay-max",
              "5min is less than breaker-delay, which is 10min");
  BOOST_CHECK(load_one(place::extras, "backoff-max", "1s"));
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
                    "tieline.open-timeout: out of range: 0s is not in 1ms to "
                    "1h");
  BOOST_CHECK_EQUAL(cause([](settings& x) { x.event_buffer = 0; }),
                    "tieline.event-buffer: out of range: 0 is not in 1 to "
                    "1000000");
  BOOST_CHECK_EQUAL(cause([](settings& x) { x.backoff_max = 1ms; }),
                    "tieline.backoff-max: 1ms is less than backoff, which is "
                    "1s");
  BOOST_CHECK_EQUAL(cause([](settings& x) {
                      x.plugins["ssh"].backoff_jitter = 101;
                    }),
                    "tieline.plugin.ssh.backoff-jitter: out of range: 101 is "
                    "not in 0 to 100");
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

BOOST_AUTO_TEST_CASE(the_help_of_each_option_tells_its_default) {
  caf::config_option_set options;
  settings::add_options(options);
  BOOST_CHECK_EQUAL(options.size(), all_settings().size());
  for (auto& x : all_settings()) {
    const auto* option = options.qualified_name_lookup("tieline." + x.name);
    BOOST_REQUIRE(option != nullptr);
    auto help = option->description();
    BOOST_CHECK_EQUAL(std::string(help.data(), help.size()),
                      x.help + " (default " + x.fallback + ")");
  }
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

BOOST_AUTO_TEST_CASE(the_tables_of_the_readme_are_true) {
  std::ifstream readme{TIELINE_README};
  BOOST_REQUIRE(readme);
  std::vector<std::string> rows;
  std::string line;
  auto inside = false;
  while (std::getline(readme, line)) {
    if (line == "<!-- settings -->" || line == "<!-- /settings -->")
      inside = line == "<!-- settings -->";
    else if (inside && line.rfind("| `", 0) == 0
             && line.rfind("| `tieline.", 0) != 0)
      rows.push_back(line);
  }
  BOOST_CHECK(!inside);
  std::vector<std::string> expected;
  for (auto& x : all_settings())
    expected.push_back("| `" + x.name + "` | " + x.fallback + " | " + x.range
                       + " | " + x.help + " |");
  for (auto& row : expected)
    if (std::find(rows.begin(), rows.end(), row) == rows.end())
      BOOST_ERROR("README.md lacks this row: " << row);
  for (auto& row : rows)
    if (std::find(expected.begin(), expected.end(), row) == expected.end())
      BOOST_ERROR("README.md has this row, which is not true: " << row);
  BOOST_CHECK_MESSAGE(rows == expected || rows.size() != expected.size(),
                      "README.md has the rows in another order");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
