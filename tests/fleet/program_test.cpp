
#include "fleet/program.hpp"
#include "support/eventually.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

#include <tieline/lab/inventory.hpp>
#include <tieline/lab/lab.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace fleet_test;
using tieline::test::contains;

namespace {

using words = std::vector<std::string>;

struct outcome {
  int status;
  std::string output;
  std::string error;
};

outcome fleet(const words& arguments, const words& environment = {}) {
  program run{arguments, environment};
  auto status = run.finish();
  return {status, run.output(), run.error()};
}

/// The last line that begins with `recap`.
std::string recap_of(const std::string& output) {
  auto begin = output.rfind("recap");
  return begin == std::string::npos
           ? "no recap"
           : output.substr(begin, output.find('\n', begin) - begin);
}

words lines_of(const std::string& text) {
  words result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

bool is_empty(const tieline::test::temp_dir& folder) {
  return std::filesystem::is_empty(folder.path());
}

} // namespace

BOOST_AUTO_TEST_SUITE(program_test)

BOOST_AUTO_TEST_CASE(every_host_of_a_lab_answers) {
  auto run = fleet({"--lab", "20", "--", "show", "version"});
  BOOST_TEST(run.status == 0);
  BOOST_TEST(count(run.output, " | ok | ") == 20u);
  BOOST_TEST(contains(run.output, "Hostname: lab-0019\n"));
  BOOST_TEST(contains(recap_of(run.output), "recap: 20 hosts, 20 ok, 0 failed, "
                                            "0 unreachable, "));
  // Nobody's terminal: lines for about each tenth, with the true total.
  BOOST_TEST(contains(run.error, "20/20 done, 20 ok, 0 failed, 0 unreachable"));
  BOOST_TEST(count(run.error, "\n") <= 10u);
  BOOST_TEST(!contains(run.error, "\x1b"));
}

BOOST_AUTO_TEST_CASE(a_lab_speaks_netconf) {
  auto run = fleet({"--lab", "10", "--plugin", "netconf", "--", "get-config",
                    "source=running"});
  BOOST_TEST(run.status == 0, run.output);
  BOOST_TEST(count(run.output, " | ok | ") == 10u);
  run = fleet({"--lab", "10", "--plugin", "netconf", "--", "kill-session",
               "session-id=4000000000"});
  BOOST_TEST(run.status == 2, run.output);
  BOOST_TEST(contains(run.output, "10x the device answered with an error\n"),
             run.output);
  run = fleet({"--lab", "2", "--plugin", "netconf", "--", "get-konfig"});
  BOOST_TEST(run.status == 2, run.output);
  BOOST_TEST(contains(run.output, "2x the request is invalid\n"), run.output);
}

BOOST_AUTO_TEST_CASE(what_netconf_devices_object_to_is_shown) {
  const words command{"--", "discard-changes"};
  auto run_with = [&](words line) {
    line.insert(line.begin(), {"--lab", "2", "--plugin", "netconf"});
    line.insert(line.end(), command.begin(), command.end());
    return fleet(line);
  };
  auto run = run_with({"--lab-fault", "netconf-hidden-error:2"});
  BOOST_TEST(run.status == 2, run.output);
  BOOST_TEST(count(run.output, "operation-failed: it will not (and 1 more)")
             == 2u);
  BOOST_TEST(
    count(run.output, "\nwarning: operation-failed: statement not found\n")
    == 2u);
  run = run_with({"--lab-fault", "netconf-warnings=1:2"});
  BOOST_TEST(run.status == 0, run.output);
  BOOST_TEST(
    count(run.output, "\nwarning: operation-failed: statement not found\n")
    == 2u);
  run = run_with({"--json", "--lab-fault", "netconf-warnings:2"});
  BOOST_TEST(run.status == 0, run.output);
  BOOST_TEST(count(run.output,
                   R"("warnings":[{"type":"application",)"
                   R"("tag":"operation-failed","severity":"warning",)"
                   R"("message":"statement not found"}])")
               == 2u,
             run.output);
}

BOOST_AUTO_TEST_CASE(a_lab_speaks_http) {
  auto run
    = fleet({"--lab", "10", "--plugin", "http", "--", "GET", "/restconf/data"});
  BOOST_TEST(run.status == 0, run.output);
  BOOST_TEST(count(run.output, " | ok | ") == 10u);
  run = fleet({"--lab", "10", "--plugin", "http", "--", "GET", "/nowhere"});
  BOOST_TEST(run.status == 2, run.output);
  BOOST_TEST(contains(run.output, "10x HTTP status 404\n"), run.output);
}

BOOST_AUTO_TEST_CASE(restconf_is_changed_by_a_line) {
  auto http = [](words rest) {
    rest.insert(rest.begin(), {"--lab", "2", "--plugin", "http"});
    return fleet(rest);
  };
  const auto* path = "/restconf/data/ietf-system:system";
  const auto* data
    = "<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\"><hostname>"
      "x</hostname></system>";
  for (const auto* method : {"PATCH", "PUT"}) {
    auto run = http({"--", method, path, data});
    BOOST_TEST(run.status == 0, run.output);
  }
  BOOST_TEST(http({"--", "GET", path}).status == 0);
  auto run
    = http({"-H", "Content-Type: text/plain", "--", "PATCH", path, data});
  BOOST_TEST(run.status == 2, run.output);
  BOOST_TEST(contains(run.output, "HTTP status 415"), run.output);
  run = http({"-H", "Accept: application/yang-data+json", "--", "GET", path});
  BOOST_TEST(contains(run.output, "HTTP status 406"), run.output);
  BOOST_TEST(http({"-H", "Host: x", "--", "GET", path}).status == 5);
  BOOST_TEST(http({"-H", "no colon", "--", "GET", path}).status == 5);
  BOOST_TEST(fleet({"--lab", "1", "-H", "a: b", "--", "echo", "x"}).status
             == 5);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_a_web_server_is_none_of_its_successes) {
  struct row {
    const char* fault;
    const char* told;
  };
  const row rows[] = {
    {"http-login:2", "HTTP status 302; it leads to /login"},
    {"http-hidden-error:2",
     "HTTP status 200 with an error; operation-failed: it will not"},
  };
  for (const auto& x : rows) {
    auto run = fleet({"--lab", "2", "--plugin", "http",
                      "--tieline.http.open-path=", "--lab-fault", x.fault, "--",
                      "GET", "/restconf/data"});
    BOOST_TEST(run.status == 2, run.output);
    BOOST_TEST(count(run.output, x.told) == 2u, run.output);
  }
}

BOOST_AUTO_TEST_CASE(the_exit_status_tells_failed_and_unreachable_apart) {
  struct row {
    const char* command;
    words faults;
    int status;
    const char* recap;
  };
  const row rows[] = {
    {"exit 0", {}, 0, "20 ok, 0 failed, 0 unreachable"},
    {"exit 3", {}, 2, "0 ok, 20 failed, 0 unreachable"},
    {"echo x", {"refuse:2"}, 4, "18 ok, 0 failed, 2 unreachable"},
    {"echo x",
     {"reject-logins:1", "wrong-host-key:2"},
     4,
     "17 ok, 0 failed, 3 unreachable"},
    {"exit 3", {"refuse:2"}, 6, "0 ok, 18 failed, 2 unreachable"},
  };
  for (auto& row : rows)
    BOOST_TEST_CONTEXT(row.command << " with status " << row.status) {
      words line = {"--lab", "20"};
      for (auto& fault : row.faults)
        line.insert(line.end(), {"--lab-fault", fault});
      line.insert(line.end(), {"--", row.command});
      auto run = fleet(line);
      BOOST_TEST(run.status == row.status);
      BOOST_TEST(contains(recap_of(run.output), row.recap), run.output);
    }
}

BOOST_AUTO_TEST_CASE(the_recap_counts_failures_by_cause) {
  // The three that refuse the login may be the first three.
  auto run = fleet({"--lab", "20", "--lab-fault", "refuse:2", "--lab-fault",
                    "reject-logins:3", "--lab-fault", "wrong-host-key:1",
                    "--tieline.credential-failures=0", "--", "exit 7"});
  BOOST_TEST(run.status == 6);
  BOOST_TEST(contains(run.output, "  14x exit status 7\n"
                                  "  3x authentication failed\n"
                                  "  2x connection refused\n"
                                  "  1x the host key has changed\n"),
             run.output);
}

BOOST_AUTO_TEST_CASE(a_host_that_hangs_costs_its_timeout_and_no_other_host) {
  auto run = fleet({"--lab", "5", "--lab-fault", "hang-before-banner:1", "-T",
                    "0.5", "--", "echo", "x"});
  BOOST_TEST(run.status == 4);
  BOOST_TEST(contains(recap_of(run.output), "4 ok, 0 failed, 1 unreachable"));
  BOOST_TEST(contains(run.output, "lab-0000 | unreachable | "));
  BOOST_TEST(contains(run.output, "timed out"));
}

BOOST_AUTO_TEST_CASE(no_host_pays_for_the_logins_of_others) {
  // One after the other takes longer than each may.
  auto run = fleet({"--lab", "10", "-f", "10", "-T", "2", "--lab-fault",
                    "slow-login=300:10", "--tieline.max-opening=1", "-o", "--",
                    "echo", "x"});
  BOOST_TEST(run.status == 0);
  BOOST_TEST(contains(recap_of(run.output), "10 hosts, 10 ok"), run.output);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_tried_on_few_hosts_only) {
  tieline::lab::options how;
  how.devices = 50;
  how.password = "right";
  tieline::lab::server devices{how};
  tieline::test::temp_dir folder;
  write_inventory(devices, folder.path());
  folder.write("defaults.yaml", "username: lab\n");
  auto run = fleet({"-i", folder.path(), "-f", "50", "-o", "--", "echo", "x"},
                   {"FLEET_PASSWORD=wrong"});
  BOOST_TEST(run.status == 4);
  auto refused = count(run.output, ": authentication failed (");
  // Those that have begun when the third one fails, at most.
  BOOST_TEST(refused >= 3u);
  BOOST_TEST(refused <= 13u);
  BOOST_TEST(count(run.output, " | unreachable | ssh://lab-") == 50u);
  BOOST_TEST(count(run.output,
                   ": logins with this credential are stopped after failures "
                   "(authentication): 3 hosts in a row refused the credential "
                   "of 'lab'\n")
               == 50u - refused,
             run.output);
  auto counted = [](size_t n) { return "  " + std::to_string(n) + "x "; };
  BOOST_TEST(contains(run.output, counted(refused) + "authentication failed"));
  BOOST_TEST(contains(run.output, counted(50 - refused)
                                    + "logins with this credential are stopped "
                                      "after failures\n"),
             run.output);
}

BOOST_AUTO_TEST_CASE(a_host_that_fails_too_often_is_left_alone) {
  tieline::lab::server devices;
  devices.at(0).set(tieline::lab::fault::refuse);
  tieline::test::temp_dir folder;
  // One host under many names.
  std::string hosts;
  for (auto* name : {"a", "b", "c", "d", "e"})
    hosts += std::string{name} + ":\n  hostname: 127.0.0.1\n  port: "
             + std::to_string(devices.at(0).port()) + '\n';
  folder.write("hosts.yaml", hosts);
  auto run = fleet({"-i", folder.path(), "-o", "--explain", "a", "--", "x"});
  BOOST_TEST(run.status == 4);
  BOOST_TEST(count(run.output, "the host failed too often and is left alone "
                               "for a while (open): 127.0.0.1:")
               >= 5u,
             run.output);
  BOOST_TEST(contains(run.output, " failures in a row; last attempt: "
                                  "connection refused"),
             run.output);
  BOOST_TEST(contains(run.output, "; retry in 1"), run.output);
  BOOST_TEST(contains(run.output, "\n  ssh://a: closed, since "), run.output);
  BOOST_TEST(contains(run.output, " times in a row: it is left alone for "
                                  "another 1"),
             run.output);
  BOOST_TEST(!contains(run.output, "\n  ssh://b: "));
  BOOST_TEST(contains(run.output, "  5x the host failed too often and is left "
                                  "alone for a while\n"),
             run.output);
}

BOOST_AUTO_TEST_CASE(timeouts_of_chosen_hosts_are_explained) {
  words line = {"--lab",       "5",
                "--lab-fault", "hang-before-banner:2",
                "--lab-fault", "hang-in-exec:1",
                "-T",          "1",
                "--explain",   "lab-000[12]"};
  auto with = [&line](words more) {
    auto result = line;
    result.insert(result.end(), more.begin(), more.end());
    result.insert(result.end(), {"--", "echo", "x"});
    return result;
  };
  auto text = fleet(with({}));
  BOOST_TEST(text.status == 6);
  BOOST_TEST(!contains(text.output, "  ssh://lab-0000: "));
  BOOST_TEST(contains(text.output, "\n  ssh://lab-0001: closed, since "),
             text.output);
  // The command's time was over: the session is still up.
  BOOST_TEST(contains(text.output, "\n  ssh://lab-0002: open, since "),
             text.output);
  auto json = fleet(with({"--json"}));
  BOOST_TEST(json.status == 6);
  BOOST_TEST(count(json.output, R"("explanation":{"state":"closed",)") == 1u,
             json.output);
  BOOST_TEST(count(json.output, R"("explanation":{"state":"open",)") == 1u);
}

BOOST_AUTO_TEST_CASE(an_explanation_tells_which_lines_of_ssh_config_apply) {
  tieline::test::temp_dir folder;
  auto config = folder.write("config", "Host *\n  ServerAliveInterval 7\n");
  auto run = fleet({"--lab", "1", "--lab-fault", "hang-before-banner:1", "-T",
                    "1", "-F", config, "--explain", "*", "--", "x"});
  BOOST_TEST(run.status == 4);
  BOOST_TEST(contains(run.output,
                      "\n    ServerAliveInterval 7 (" + config + ":2)\n"),
             run.output);
}

BOOST_AUTO_TEST_CASE(a_signal_shows_how_the_connections_are) {
  program run{{"--lab", "20", "--lab-fault", "hang-in-exec:3", "--lab-fault",
               "hang-before-banner:2", "-o", "--tieline.close-timeout=100ms",
               "--", "echo", "x"}};
  run.wait_for_output(" | ok | x\n", 15);
  const std::string counts = "3 open, 2 opening, 0 backoff, 0 closed\n";
  for (size_t asked = 1; !contains(run.error(), counts) && asked < 1000;
       ++asked) {
    run.signal(SIGUSR1);
    run.wait_for_error("\nhost      state    ", asked);
  }
  BOOST_TEST(contains(run.error(), counts), run.error());
  BOOST_TEST(contains(run.error(), "15/20 done, 15 ok, 0 failed, 0 "
                                   "unreachable, 5 running, "));
  BOOST_TEST(contains(run.error(), "\nlab-0004  opening  "));
  BOOST_TEST(!contains(run.output(), "opening"));
  run.signal(SIGINT);
  BOOST_TEST(run.finish() == 130);
  BOOST_TEST(contains(recap_of(run.output()), "15 ok, 0 failed, 0 unreachable, "
                                              "5 not done"));
}

BOOST_AUTO_TEST_CASE(in_the_end_a_status_table_if_asked_for) {
  words line = {"--lab",    "10", "--lab-fault", "reject-logins:1",
                "--status", "--", "echo",        "x"};
  auto run = fleet(line);
  BOOST_TEST(run.status == 4);
  BOOST_TEST(contains(run.error, "\n9 open, 0 opening, 0 backoff, 1 closed\n"),
             run.error);
  BOOST_TEST(count(run.error, "\nlab-000") == 10u);
  BOOST_TEST(contains(run.error, "  authentication failed (authentication)\n"));
  BOOST_TEST(!contains(run.output, "9 open"));
}

BOOST_AUTO_TEST_CASE(several_commands_run_one_after_the_other) {
  auto run = fleet({"--lab", "2", "--platform", "arista_eos", "-o", "-c",
                    "echo one", "-c", "echo two"});
  BOOST_TEST(run.status == 0);
  BOOST_TEST(count(run.output, " | ok | one\\ntwo\n") == 2u, run.output);
}

BOOST_AUTO_TEST_CASE(a_file_configures_devices) {
  tieline::test::temp_dir folder;
  auto file = folder.path() + "/config";
  std::ofstream{file} << "description up\nmtu 9000\n";
  words line = {"--lab", "2",      "--platform", "cisco_iosxr",
                "-o",    "--diff", "--config",   file};
  auto run = fleet(line);
  BOOST_TEST(run.status == 0);
  BOOST_TEST(count(run.output, " | ok | +  description up\\n+  mtu 9000\n")
               == 2u,
             run.output);
  // Is confirmed, too.
  line.insert(line.end(), {"--commit-confirmed", "60", "--json"});
  line.erase(line.begin() + 4);
  run = fleet(line);
  BOOST_TEST(run.status == 0);
  BOOST_TEST(count(run.output, "\"config\":\"confirmed\"") == 2u, run.output);
  std::ofstream{file} << "description up\nbad line\n";
  run = fleet({"--lab", "1", "--platform", "cisco_iosxr", "--config", file});
  BOOST_TEST(run.status == 2);
  BOOST_TEST(contains(run.output, "failed | 'bad line': % Invalid input "
                                  "detected at '^' marker.; the configuration "
                                  "is aborted"),
             run.output);
}

BOOST_AUTO_TEST_CASE(network_devices_are_reached_by_their_shells) {
  tieline::lab::options how;
  how.platform = "cisco_iosxe";
  how.enable_secret = "s3cret";
  tieline::lab::server devices{how};
  tieline::test::temp_dir folder;
  std::ofstream{folder.path() + "/hosts.yaml"}
    << "router:\n  hostname: 127.0.0.1\n  port: " << devices.at(0).port()
    << "\n  username: lab\n  password: lab\n  platform: cisco_ios\n"
    << "  connection_options: {cli: {extras: {host_key_policy: \"off\"}}, "
       "ssh: {extras: {host_key_policy: \"off\"}}}\n";
  auto secret = folder.path() + "/secret";
  std::ofstream{secret} << "s3cret\n";
  std::filesystem::permissions(secret, std::filesystem::perms{0600});
  words line = {"-i",   folder.path(), "-F",
                "none", "-o",          "--enable-secret-file",
                secret, "--",          "nonsense"};
  auto run = fleet(line);
  BOOST_TEST(contains(run.output, "failed | 'nonsense': % Invalid input"),
             run.output + run.error);
  BOOST_TEST(run.status == 2);
  line.insert(line.begin(), {"--plugin", "ssh"});
  line.back() = "echo here";
  run = fleet(line);
  BOOST_TEST(contains(run.output, "router | ok | here"), run.output);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_told_and_has_its_own_status) {
  struct row {
    words line;
    const char* message;
  };
  const row rows[] = {
    {{"--", "x"}, "an inventory is missing"},
    {{"--lab", "3"}, "a command is missing"},
    {{"--lab", "0", "--", "x"}, "--lab"},
    {{"--nonsense", "--", "x"}, "--nonsense"},
    {{"--lab", "3", "-f", "none", "--", "x"}, "-f: must be 1 to 100000"},
    {{"--lab", "3", "-l", "core*", "--", "x"}, "no host matches"},
    {{"--lab", "3", "-l", ",", "--", "x"}, "empty pattern"},
    {{"--lab", "3", "--explain", "core*", "--", "x"},
     "--explain: no host matches 'core*'"},
    {{"--lab", "3", "-l", "lab-0001", "--explain", "lab-0002", "--", "x"},
     "--explain: no host matches 'lab-0002'"},
    {{"--lab", "3", "-c", "x", "--", "x"}, "behind '--' or behind -c"},
    {{"--lab", "3", "--diff", "--", "x"}, "need --config"},
    {{"--lab", "3", "--config", "x", "--", "x"}, "or a command, not both"},
    {{"--lab", "3", "--config", "/dev/null"}, "lab-0000 has ssh"},
    {{"--lab", "3", "--platform", "linux", "--config", "/dev/null"},
     "--config: there are no lines in it"},
    {{"--lab", "3", "--plugin", "telnet", "--", "x"},
     "unknown plugin 'telnet'; there are: cli, http, netconf, ssh"},
    {{"--lab", "3", "--lab-fault", "fire:1", "--", "x"},
     "--lab-fault: there is no fault 'fire'; the faults are: refuse, "},
    {{"--lab", "3", "--lab-fault", "fire", "--", "x"},
     "--lab-fault: there is no fault 'fire'; the faults are: refuse, "},
    {{"--lab", "3", "--lab-fault", "refuse", "--", "x"},
     "--lab-fault: must be NAME[=AMOUNT]:COUNT, not 'refuse'"},
    {{"--lab", "3", "--lab-fault", "refuse=x:1", "--", "x"},
     "the amount of a fault must be a whole number, not 'x'"},
    {{"--lab", "3", "--lab-fault", "refuse:4", "--", "x"}, "more faults"},
    {{"--lab", "3", "--caf.nonsense=1", "--", "x"}, "--caf.nonsense"},
    {{"--lab", "3", "--tieline.open-timeout=0s", "--", "x"}, "open-timeout"},
    {{"--lab", "3", "--tieline.ssh.max-channels=0", "--", "x"}, "max-channels"},
    {{"--lab", "3", "--tieline.keep-open=maybe", "--", "x"},
     "tieline.keep-open: must be true or false, not 'maybe'"},
    {{"-i", "/nonexistent", "--", "x"}, "cannot be read"},
  };
  for (auto& row : rows) {
    auto run = fleet(row.line);
    BOOST_TEST_CONTEXT(row.message << " in: " << run.error) {
      BOOST_TEST(run.status == 5);
      BOOST_TEST(contains(run.error, row.message));
      BOOST_TEST(run.output.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_mistake_in_the_inventory_is_told_with_its_line) {
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", "r1:\n  port: many\n");
  auto run = fleet({"-i", folder.path(), "--", "x"});
  BOOST_TEST(run.status == 5);
  BOOST_TEST(contains(run.error, "hosts.yaml:2: r1.port: must be a number"));
}

BOOST_AUTO_TEST_CASE(a_misspelt_extra_is_wrong_usage_and_reaches_no_host) {
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", "r1:\n  hostname: 192.0.2.1\n");
  folder.write("defaults.yaml", "connection_options:\n  ssh:\n    extras:\n"
                                "      host_key_polcy: off\n");
  auto run = fleet({"-i", folder.path(), "--", "x"});
  BOOST_TEST(run.status == 5);
  BOOST_TEST(contains(run.error,
                      "defaults.yaml:4: "
                      "connection_options.ssh.extras.host_key_polcy: "
                      "unknown; there are "));
}

BOOST_AUTO_TEST_CASE(a_setting_may_be_empty_or_false_on_the_command_line) {
  auto run = fleet({"--lab", "1", "--tieline.node.address=",
                    "--tieline.http.open-path=", "--tieline.keep-open=false",
                    "--", "show version"});
  BOOST_TEST_INFO(run.error);
  BOOST_TEST(run.status == 0);
}

BOOST_AUTO_TEST_CASE(an_empty_inventory_is_wrong_usage) {
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", "---\n");
  auto run = fleet({"-i", folder.path(), "--", "x"});
  BOOST_TEST(run.status == 5);
  BOOST_TEST(contains(run.error, "hosts.yaml: there are no hosts"));
}

BOOST_AUTO_TEST_CASE(help_version_and_settings_are_shown) {
  auto help = fleet({"--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(contains(help.output, "Examples:"));
  auto settings = fleet({"--dump-config", "--tieline.close-timeout=1min"});
  BOOST_TEST(settings.status == 0);
  BOOST_TEST(contains(settings.output, "close-timeout = 1min"));
  auto version = fleet({"--version"});
  BOOST_TEST(version.status == 0);
  BOOST_TEST(contains(version.output, "fleet (tieline) "));
}

BOOST_AUTO_TEST_CASE(an_inventory_of_files_is_used_with_the_users_password) {
  tieline::lab::options how;
  how.devices = 5;
  how.password = "a secret of the environment";
  tieline::lab::server devices{how};
  tieline::test::temp_dir folder;
  write_inventory(devices, folder.path());
  // As people keep it who keep no passwords in files.
  folder.write("defaults.yaml", "username: lab\n");
  words line = {"-i", folder.path(), "-l",   "lab,!lab-0001",
                "-o", "--",          "echo", "hello"};
  auto without = fleet(line);
  BOOST_TEST(without.status == 4);
  BOOST_TEST(contains(without.output, "authentication failed"));
  auto with = fleet(line, {"FLEET_PASSWORD=a secret of the environment"});
  BOOST_TEST(with.status == 0);
  BOOST_TEST(count(with.output, " | ok | hello\n") == 4u);
  BOOST_TEST(!contains(with.output, "lab-0001"));
  for (auto& run : {without, with})
    BOOST_TEST(!contains(run.output + run.error, "a secret"));
  // The devices hear of the end a little later than fleet ends.
  BOOST_TEST(tieline::test::eventually(
    [&devices] { return devices.count().live == 0; }));
}

BOOST_AUTO_TEST_CASE(
  a_key_that_takes_centuries_to_decrypt_does_not_keep_fleet) {
  tieline::lab::server devices;
  tieline::test::temp_dir folder;
  write_inventory(devices, folder.path());
  // The header of an OpenSSH key: bcrypt with 2^31 rounds.
  folder.write("defaults.yaml", R"(username: lab
connection_options:
  ssh:
    extras:
      passphrase: x
      private_key: |
        -----BEGIN OPENSSH PRIVATE KEY-----
        b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBzc3Nz
        c3Nzc3Nzc3Nzc3NzgAAAAGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr
        a2tra2s=
        -----END OPENSSH PRIVATE KEY-----
)");
  auto run = fleet({"-i", folder.path(), "--", "echo", "hello"});
  BOOST_TEST(run.status == 4, run.output);
  BOOST_TEST(contains(run.output, "2147483648 rounds of bcrypt"), run.output);
}

BOOST_AUTO_TEST_CASE(list_hosts_opens_nothing) {
  auto run = fleet({"--lab", "3", "--list-hosts", "-l", "!*1"});
  BOOST_TEST(run.status == 0);
  BOOST_TEST(run.output == "lab-0000\nlab-0002\n");
}

BOOST_AUTO_TEST_CASE(identical_output_is_gathered_under_folded_names) {
  auto run = fleet(
    {"--lab", "20", "--lab-fault", "refuse:2", "-b", "--", "echo", "same"});
  BOOST_TEST(run.status == 4);
  BOOST_TEST(contains(run.output, "lab-[0002-0019] (18) | ok\nsame\n\n"
                                  "lab-[0000-0001] (2) | unreachable | "
                                  "connection refused (connect)\n\n"
                                  "recap: 20 hosts"),
             run.output);
}

BOOST_AUTO_TEST_CASE(json_is_one_object_a_line_and_a_recap_at_the_end) {
  auto run = fleet(
    {"--lab", "20", "--lab-fault", "refuse:1", "--json", "--", "echo", "x"});
  auto lines = lines_of(run.output);
  BOOST_REQUIRE(lines.size() == 21u);
  for (size_t i = 0; i < 20; ++i)
    BOOST_TEST(lines[i].rfind(R"({"host":"lab-)", 0) == 0u, lines[i]);
  BOOST_TEST(
    count(run.output, R"("status":"ok","exit_status":0,"output":"x\n")")
    == 19u);
  BOOST_TEST(contains(run.output,
                      R"("status":"unreachable","error":{"code":"refused")"));
  BOOST_TEST(lines[20].rfind(R"({"recap":{"hosts":20,"ok":19,"failed":0,)"
                             R"("unreachable":1,"canceled":0,)"
                             R"("causes":{"connection refused":1},)"
                             R"("interrupted":false,)",
                             0)
               == 0u,
             lines[20]);
}

BOOST_AUTO_TEST_CASE(threads_do_not_grow_with_the_hosts) {
  auto threads = [](const std::string& hosts) {
    auto run = fleet({"--lab", hosts, "-f", hosts, "-v", "--", "show version"});
    BOOST_TEST(run.status == 0);
    auto end = run.output.find(" threads at peak with " + hosts + " hosts");
    BOOST_REQUIRE(end != std::string::npos);
    return std::stoul(run.output.substr(run.output.rfind('\n', end)));
  };
  // A pool has up to 32 threads while what it does takes long, as on a busy
  // machine; a thread for each host would be 400.
  BOOST_TEST(threads("400") <= 80u);
}

BOOST_AUTO_TEST_CASE(an_interrupt_closes_all_sessions_and_prints_the_recap) {
  for (auto number : {SIGINT, SIGTERM}) {
    tieline::test::temp_dir temporary;
    program run{{"--lab", "20", "--lab-fault", "hang-in-exec:3", "-o",
                 "--tieline.close-timeout=100ms", "--", "echo", "x"},
                {"TMPDIR=" + temporary.path()}};
    run.wait_for_output(" | ok | x\n", 17);
    run.signal(number);
    BOOST_TEST(run.finish() == 130);
    BOOST_TEST(contains(recap_of(run.output()),
                        "recap (interrupted): 20 hosts, 17 ok, 0 failed, "
                        "0 unreachable, 3 not done"),
               run.output());
    BOOST_TEST(is_empty(temporary));
  }
}

BOOST_AUTO_TEST_CASE(an_interrupt_begins_no_further_host) {
  program run{{"--lab", "20", "--lab-fault", "refuse:1", "--lab-fault",
               "hang-in-exec:1", "-f", "1", "-o",
               "--tieline.close-timeout=100ms", "--", "echo", "x"}};
  // From then on the second one has the only place.
  run.wait_for_output(" | unreachable | ");
  run.signal(SIGINT);
  BOOST_TEST(run.finish() == 130);
  BOOST_TEST(contains(recap_of(run.output()), "0 ok, 0 failed, 1 unreachable, "
                                              "19 not done"),
             run.output());
}

BOOST_AUTO_TEST_CASE(a_second_interrupt_ends_at_once) {
  tieline::test::temp_dir temporary;
  program run{{"--lab", "20", "--lab-fault", "hang-in-exec:3", "-o",
               "--tieline.close-timeout=10min", "--", "echo", "x"},
              {"TMPDIR=" + temporary.path()}};
  run.wait_for_output(" | ok | x\n", 17);
  run.signal(SIGINT);
  run.wait_for_error("interrupt again to exit at once");
  run.signal(SIGINT);
  BOOST_TEST(run.finish() == 130);
  BOOST_TEST(!contains(run.output(), "recap"));
  BOOST_TEST(is_empty(temporary));
}

BOOST_AUTO_TEST_CASE(a_lab_leaves_no_files) {
  tieline::test::temp_dir temporary;
  words env = {"TMPDIR=" + temporary.path()};
  BOOST_TEST(fleet({"--lab", "3", "--", "echo", "x"}, env).status == 0);
  BOOST_TEST(is_empty(temporary));
  BOOST_TEST(fleet({"--lab", "3", "-l", "nobody", "--", "x"}, env).status == 5);
  BOOST_TEST(is_empty(temporary));
}

BOOST_AUTO_TEST_CASE(settings_of_caf_and_the_environment_work) {
  auto run = fleet({"--lab", "5", "-o", "--caf.scheduler.max-threads", "1",
                    "--caf.scheduler.policy=stealing", "--", "echo", "x"},
                   {"FLEET_LIMIT=lab-0003"});
  BOOST_TEST(run.status == 0);
  BOOST_TEST(count(run.output, " | ok | x\n") == 1u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_leaves_ends_the_run) {
  tieline::test::temp_dir temporary;
  // More than a pipe holds.
  program run{{"--lab", "20", "-f", "1", "--", "bytes", "1000000"},
              {"TMPDIR=" + temporary.path()}};
  run.close_output();
  BOOST_TEST(run.finish() == 1);
  BOOST_TEST(contains(run.error(), "cannot write the results"));
  BOOST_TEST(is_empty(temporary));
}

BOOST_AUTO_TEST_CASE(on_a_terminal_progress_is_one_line_that_is_rewritten) {
  program run{{"--lab", "20", "-b", "--", "echo", "x"}, {}, streams::terminal};
  BOOST_TEST(run.finish() == 0);
  auto shown = run.output();
  auto results = shown.find("lab-[0000-0019] (20) | ok");
  BOOST_REQUIRE(results != std::string::npos);
  auto progress = shown.substr(0, results);
  BOOST_TEST(contains(progress, "\r\x1b[K0/20 done, "));
  BOOST_TEST(!contains(progress, "\n"));
  // Taken away before the results come.
  BOOST_TEST(progress.substr(progress.size() - 4) == "\r\x1b[K");
}

BOOST_AUTO_TEST_CASE(a_device_cannot_drive_the_terminal) {
  program run{{"--lab", "1", "-o", "--", "echo", "\x1b]0;title\a"},
              {},
              streams::terminal};
  BOOST_TEST(run.finish() == 0);
  BOOST_TEST(contains(run.output(), " | ok | \\x1b]0;title\\x07"));
}

BOOST_AUTO_TEST_CASE(nothing_that_is_shown_controls_a_terminal) {
  // Nor where a file or a pager comes first.
  auto piped = fleet(
    {"--lab", "1", "--", "echo", "\x1b[2J\xc2\x9b\xe2\x80\xae\xc3\x80"});
  BOOST_TEST(piped.status == 0);
  BOOST_TEST(contains(piped.output, "\n\\x1b[2J\\u009b\\u202e\xc3\x80\n"));
  auto json = fleet({"--lab", "1", "--json", "--", "echo", "\xc2\x9b"});
  BOOST_TEST(contains(json.output, R"("output":"\u009b\n")"));
  auto usage = fleet({"--\x1b[2J"});
  BOOST_TEST(usage.status == 5);
  BOOST_TEST(contains(usage.error, "\\x1b[2J"));
  auto limit = fleet({"--lab", "1", "-l", "\x1b[2J", "--", "x"});
  BOOST_TEST(limit.status == 5);
  auto setting
    = fleet({"--lab", "1", "--tieline.open-retries=\x1b[2J", "--", "x"});
  BOOST_TEST(setting.status == 5);
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", "r1: {connection_options: {ssh: {extras: "
                             "{jump_domain: \"\\e[2J\"}}}}\n\"r\\n2\": {}\n");
  auto names = fleet({"-i", folder.path(), "--list-hosts", "-v"});
  BOOST_TEST(names.status == 5);
  BOOST_TEST(contains(names.error, "hosts.yaml:2: "));
  for (const auto* run : {&usage, &limit, &setting, &names})
    BOOST_TEST(!contains(run->output + run->error, "\x1b"));
}

BOOST_AUTO_TEST_CASE(a_password_is_asked_for_without_echo) {
  tieline::lab::options how;
  how.password = "correct horse";
  tieline::lab::server device{how};
  tieline::test::temp_dir folder;
  write_inventory(device, folder.path());
  folder.write("defaults.yaml", "username: lab\n");
  program run{{"-i", folder.path(), "-k", "-o", "--", "echo", "hello"},
              {"FLEET_PASSWORD=not this one"},
              streams::terminal};
  run.wait_for_output("Password: ");
  run.type("correct horsf\x7f"
           "e\r");
  BOOST_TEST(run.finish() == 0);
  BOOST_TEST(contains(run.output(), " | ok | hello"));
  BOOST_TEST(!contains(run.output(), "corr"));
}

BOOST_AUTO_TEST_CASE(a_password_prompt_can_be_interrupted) {
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", "r1:\n");
  program prompt{{"-k", "-i", folder.path(), "--", "x"}, {}, streams::terminal};
  prompt.wait_for_output("Password: ");
  prompt.type("half of it\x03");
  BOOST_TEST(prompt.finish() == 130);
  BOOST_TEST(!contains(prompt.output(), "recap"));
}

BOOST_AUTO_TEST_CASE(a_prompt_without_a_terminal_is_wrong_usage) {
  tieline::test::temp_dir folder;
  folder.write("hosts.yaml", "r1:\n");
  // A session of its own has no terminal to ask on.
  auto run = fleet({"-k", "-i", folder.path(), "--", "x"});
  BOOST_TEST(run.status == 5);
  BOOST_TEST(contains(run.error, "FLEET_PASSWORD"));
}

BOOST_AUTO_TEST_SUITE_END()
