
#include "fleet/config.hpp"
#include "fleet/options.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

#include <tieline/actors/settings.hpp>
#include <tieline/messages/interfaces.hpp>
#include <tieline/messages/options/option_table.hpp>

#include <caf/init_global_meta_objects.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace fleet;
using namespace std::chrono_literals;
using tieline::test::contains;

namespace {

struct message_types {
  message_types() {
    caf::core::init_global_meta_objects();
    tieline::init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(message_types);

using words = std::vector<std::string>;

arguments parsed(const words& line) {
  config cfg;
  std::ostringstream out;
  auto result = parse(line, cfg.custom_options(), out);
  BOOST_REQUIRE(result);
  return *result;
}

/// Parses and settles a command line with an environment and a config file.
options settled(words line, const std::map<std::string, std::string>& env = {},
                const std::string& file = "") {
  tieline::test::temp_dir folder;
  line.insert(line.begin(),
              "--config-file=" + folder.write("fleet.conf", file));
  line.insert(line.end(), {"--", "command"});
  config cfg;
  std::ostringstream out;
  auto args = parse(line, cfg.custom_options(), out);
  BOOST_REQUIRE(args);
  BOOST_REQUIRE(cfg.read(args->settings));
  return settle(*args, content(cfg), [&env](const char* name) {
    auto i = env.find(name);
    return i == env.end() ? nullptr : i->second.c_str();
  });
}

std::string error_of(const words& line,
                     const std::map<std::string, std::string>& env = {},
                     const std::string& file = "") {
  try {
    settled(line, env, file);
  } catch (const usage_error& x) {
    return x.what();
  }
  return "no error";
}

} // namespace

BOOST_AUTO_TEST_SUITE(options_test)

BOOST_AUTO_TEST_CASE(without_options_the_defaults_hold) {
  auto x = settled({"-i", "inventory"});
  BOOST_TEST(x.inventory == "inventory");
  BOOST_TEST(x.limit == "*");
  BOOST_TEST(x.forks == 32u);
  // The settings' times hold.
  BOOST_TEST((x.timeout == 0s));
  // As the platforms of the hosts want it.
  BOOST_TEST(x.plugin == "");
}

BOOST_AUTO_TEST_CASE(the_command_line_beats_file_beats_environment) {
  std::map<std::string, std::string> env = {{"FLEET_INVENTORY", "env"},
                                            {"FLEET_FORKS", "1"},
                                            {"FLEET_TIMEOUT", "1"},
                                            {"FLEET_LIMIT", "env"}};
  auto file = "fleet { forks = 2, timeout = 2s, limit = \"file\" }";
  auto x = settled({"-f", "3"}, env, file);
  BOOST_TEST(x.inventory == "env");
  BOOST_TEST(x.limit == "file");
  BOOST_TEST((x.timeout == 2s));
  BOOST_TEST(x.forks == 3u);
  BOOST_TEST(settled({}, env).forks == 1u);
}

BOOST_AUTO_TEST_CASE(times_have_units) {
  auto timeout = [](const char* text) {
    return settled({"-i", "x", "-T", text}).timeout;
  };
  BOOST_TEST((timeout("5") == 5s));
  BOOST_TEST((timeout("0.5") == 500ms));
  BOOST_TEST((timeout("250ms") == 250ms));
  BOOST_TEST((timeout("2min") == 2min));
  BOOST_TEST((timeout("1h") == 1h));
  // As if it was not given.
  BOOST_TEST((timeout("0") == 0s));
  for (auto* bad : {"-1", "x", "25h", "90000", "nan", "", "5 s"})
    BOOST_TEST_CONTEXT(bad)
  BOOST_CHECK_THROW(timeout(bad), usage_error);
}

BOOST_AUTO_TEST_CASE(a_node_has_host_and_port) {
  auto at = [](const char* text) {
    auto x = settled({"-i", "x", "--node", text}).at;
    return x ? x->host + ' ' + std::to_string(x->port) : "none";
  };
  BOOST_TEST(at("core:4711") == "core 4711");
  BOOST_TEST(at("192.0.2.1:1") == "192.0.2.1 1");
  BOOST_TEST(at("[2001:db8::1]:65535") == "2001:db8::1 65535");
  BOOST_TEST(settled({"-i", "x"}, {{"FLEET_NODE", "a:2"}}).at->host == "a");
  BOOST_TEST(!settled({"-i", "x"}).at);
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_reported_with_its_source) {
  auto text = ": must be 1 to 100000, not '0'";
  BOOST_TEST(error_of({"-i", "x", "-f", "0"}) == "-f" + std::string{text});
  BOOST_TEST(error_of({"-i", "x"}, {{"FLEET_FORKS", "0"}})
             == "FLEET_FORKS" + std::string{text});
  BOOST_TEST(contains(error_of({"-i", "x"}, {}, "fleet { forks = 0 }"),
                      "fleet.forks" + std::string{text}));
}

BOOST_AUTO_TEST_CASE(what_follows_two_dashes_is_the_command) {
  auto x = parsed({"-i", "x", "--", "show", "-v", "--json", "--", "y"});
  BOOST_TEST(x.command == "show -v --json -- y");
  BOOST_TEST(!x.verbose);
}

BOOST_AUTO_TEST_CASE(a_forgotten_command_or_inventory_is_an_error) {
  BOOST_TEST(contains(error_of({}), "an inventory is missing"));
  BOOST_CHECK_THROW(parsed({"-i", "x"}), usage_error);
  BOOST_CHECK_THROW(parsed({"-i", "x", "--"}), usage_error);
  BOOST_TEST(parsed({"-i", "x", "--list-hosts"}).list_hosts);
  BOOST_TEST(contains(error_of({"-i", "x", "show"}), "behind '--'"));
}

BOOST_AUTO_TEST_CASE(options_that_exclude_each_other_are_an_error) {
  for (auto& line : {words{"-o", "-b"}, words{"-o", "--json"},
                     words{"-b", "--json"}, words{"--lab", "3"}})
    BOOST_TEST(error_of([&] {
                 auto all = line;
                 all.insert(all.end(), {"-i", "x"});
                 return all;
               }())
               != "no error");
}

BOOST_AUTO_TEST_CASE(settings_of_caf_and_tieline_are_passed_on_in_one_form) {
  auto x = parsed({"--caf.scheduler.max-threads", "2", "-i", "x",
                   "--tieline.close-timeout=1s", "--", "y"});
  BOOST_TEST(x.settings
               == (words{"--caf.scheduler.max-threads=2",
                         "--tieline.close-timeout=1s"}),
             boost::test_tools::per_element());
  BOOST_TEST(x.inventory.value() == "x");
}

BOOST_AUTO_TEST_CASE(unknown_settings_are_errors) {
  BOOST_TEST(error_of({"-i", "x", "--caf.nonsense=1"})
             == "unknown setting: --caf.nonsense=1");
  BOOST_TEST(error_of({"-i", "x", "--tieline.nonsense", "1"})
             == "unknown setting: --tieline.nonsense");
  BOOST_TEST(contains(error_of({"-i", "x"}, {}, "fleet { fork = 1 }"),
                      "fleet.fork: unknown; there are inventory, limit, forks, "
                      "timeout, plugin, node"));
  BOOST_TEST(contains(error_of({"-i", "x", "--tieline.close-timeout=soon"}),
                      "tieline.close-timeout: must be 1ms to 10min, not "
                      "'soon'"));
  // Also of a plugin that is not used.
  BOOST_TEST(contains(error_of({"-i", "x", "--tieline.http.redirects=99"}),
                      "tieline.http.redirects: must be 0 to 20, not '99'"));
  BOOST_TEST(contains(error_of({"-i", "x", "--nonsense"}), "--nonsense"));
}

BOOST_AUTO_TEST_CASE(every_setting_is_taken_from_command_line_and_file) {
  tieline::test::temp_dir folder;
  words line;
  std::string file;
  for (auto& x : tieline::settings::table().rows()) {
    line.push_back("--tieline." + x.name + '=' + x.fallback);
    file += x.name + " = " + (x.fallback.empty() ? "\"\"" : x.fallback) + '\n';
  }
  file = "tieline {\n" + file + "}\n";
  auto in_file = "--config-file=" + folder.write("fleet.conf", file);
  for (auto& given : {line, words{in_file}}) {
    auto all = given;
    all.insert(all.end(), {"-i", "x", "--", "y"});
    config cfg;
    std::ostringstream out;
    auto args = parse(all, cfg.custom_options(), out);
    BOOST_REQUIRE(args);
    BOOST_REQUIRE(cfg.read(args->settings));
    auto got = tieline::settings::load(content(cfg));
    BOOST_REQUIRE(got);
    // The one that differs from fleet's own default.
    BOOST_TEST((got->acquire_timeout == 30s));
  }
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_turn_is_patient_by_default) {
  config cfg;
  BOOST_REQUIRE(cfg.read({}));
  auto got = tieline::settings::load(content(cfg));
  BOOST_REQUIRE(got);
  BOOST_TEST((got->acquire_timeout == 1h));
}

BOOST_AUTO_TEST_CASE(explanations_may_be_asked_for_again_and_again) {
  auto x = parsed({"-i", "x", "--explain", "r1,!r2", "--explain", "core*",
                   "--status", "--", "y"});
  BOOST_TEST(x.explain == (words{"r1,!r2", "core*"}),
             boost::test_tools::per_element());
  BOOST_TEST(x.status);
  BOOST_TEST(!parsed({"-i", "x", "--", "y"}).status);
}

BOOST_AUTO_TEST_CASE(the_scheduler_shares_unless_told_otherwise) {
  config cfg;
  BOOST_REQUIRE(cfg.read({}));
  auto policy = [](const config& x) {
    return caf::get_or(content(x), "caf.scheduler.policy", std::string{});
  };
  BOOST_TEST(policy(cfg) == "sharing");
  config other;
  BOOST_REQUIRE(other.read({"--caf.scheduler.policy=stealing"}));
  BOOST_TEST(policy(other) == "stealing");
}

BOOST_AUTO_TEST_CASE(help_has_examples_and_exit_statuses) {
  config cfg;
  std::ostringstream out;
  BOOST_TEST(!parse({"--help"}, cfg.custom_options(), out));
  for (auto* part : {"Usage: fleet -i INVENTORY", "Examples:", "130",
                     "FLEET_PASSWORD", "--lab-fault", "--explain", "SIGUSR1",
                     "--tieline.max-opening-per-credential"})
    BOOST_TEST(contains(out.str(), part), part);
}

BOOST_AUTO_TEST_SUITE_END()
