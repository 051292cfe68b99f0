#include "cli/shell_world.hpp"

#include "tieline/transports/cli/platform_reader.hpp"
#include <tieline/messages/support/file.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace tieline;
using namespace tieline::cli;

namespace {

const std::string good = R"(---
prompt_pattern: '^\w+[>#]$'
default_mode: 'exec'
modes:
  - name: 'exec'
    prompt_pattern: '^\w+>$'
    accessible_modes:
      - name: 'root'
        instructions:
          - send_prompted_input:
              input: 'enable'
              prompt_exact: 'Password:'
              response: '__lookup::enable'
  - name: 'root'
    prompt_exact: 'r1#'
    prompt_excludes:
      - '(config'
    accessible_modes:
      - name: 'exec'
        instructions:
          - send_input:
              input: 'disable'
failure_indicators:
  - '% Invalid'
on_open_instructions:
  - enter_mode:
      requested_mode: 'root'
on_close_instructions:
  - write:
      input: 'exit'
)";

std::string replaced(const std::string& from, const std::string& to) {
  auto text = good;
  auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string problem_of(const std::string& text) {
  std::string why;
  BOOST_TEST(!read_platform("x", text, "x.yaml", why));
  return why;
}

std::string route(const platform& where, const char* from, const char* to) {
  auto found = find_route(where, from, to);
  if (!found)
    return "none";
  std::string result;
  for (const auto* x : *found)
    result += (result.empty() ? "" : ", ") + x->to;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(platform_test)

BOOST_AUTO_TEST_CASE(a_file_of_the_field_is_read) {
  std::string why;
  auto found = read_platform("x", good, "x.yaml", why);
  BOOST_TEST(why == "");
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->default_mode == "exec");
  BOOST_TEST(found->modes.size() == 2u);
  const auto& enable = found->modes[0].ways[0].instructions[0];
  BOOST_TEST(enable.input == "enable");
  BOOST_TEST(enable.response == "enable");
  BOOST_TEST(enable.is_secret);
  BOOST_TEST(enable.question->find_at_end("Password: ").has_value());
  BOOST_TEST(found->modes[1].prompt.excludes.size() == 1u);
  BOOST_TEST(found->failure_indicators.front() == "% Invalid");
  BOOST_TEST(found->remarks.empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_line) {
  BOOST_TEST(problem_of(replaced("default_mode", "defualt_mode")).substr(0, 49)
             == "x.yaml:3: a platform has no field 'defualt_mode';");
  BOOST_TEST(
    problem_of(replaced("\n  - name: 'root'\n", "\n  - name: 'exec'\n"))
    == "x.yaml:14: there are two modes 'exec'");
  BOOST_TEST(problem_of(replaced("'^\\w+>$'", "'^(\\w+>$'"))
             == "x.yaml:6: is no regular expression: missing closing "
                "parenthesis, at its character 8");
  BOOST_TEST(problem_of(replaced("write:", "wriet:"))
             == "x.yaml:29: an instruction has no field 'wriet'; there are "
                "enter_mode, send_input, send_prompted_input, write");
  BOOST_TEST(
    problem_of(replaced("failure_indicators:\n", "failure_indicators: 1\nx:\n"))
    == "x.yaml:23: has to be a list");
  BOOST_TEST(problem_of(good + "default_mode: 'root'\n")
             == "x.yaml:31: 'default_mode' is there twice");
  BOOST_TEST(problem_of("modes: [").substr(0, 7) == "x.yaml:");
  BOOST_TEST(problem_of("").substr(0, 7) == "x.yaml:");
  BOOST_TEST(problem_of(good + "tieline:\n  commment: '!'\n").substr(0, 51)
             == "x.yaml:32: tieline has no field 'commment'; there a");
}

BOOST_AUTO_TEST_CASE(modes_that_there_are_not_are_left_out) {
  std::string why;
  auto found
    = read_platform("x",
                    replaced("default_mode: 'exec'", "default_mode: 'shell'"),
                    "x.yaml", why);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->default_mode == "");
  BOOST_REQUIRE(found->remarks.size() == 1u);
  BOOST_TEST(found->remarks[0]
             == "x.yaml:3: there is no mode 'shell'; there are exec, root");
}

BOOST_AUTO_TEST_CASE(the_way_from_mode_to_mode_is_found) {
  auto ios = *test::shipped("cisco_iosxe");
  BOOST_TEST(route(ios, "exec", "exec") == "");
  BOOST_TEST(route(ios, "exec", "configuration")
             == "privileged_exec, configuration");
  BOOST_TEST(route(ios, "configuration", "exec") == "privileged_exec, exec");
  BOOST_TEST(route(ios, "exec", "nowhere") == "none");
  BOOST_TEST(route(ios, "", "exec") == "none");
}

BOOST_AUTO_TEST_CASE(prompts_show_modes) {
  struct {
    const char* platform;
    const char* believed;
    const char* text;
    const char* mode;
  } rows[] = {
    {"cisco_iosxe", "", "out\nr1>", "exec"},
    {"cisco_iosxe", "", "r1.lab-3#", "privileged_exec"},
    {"cisco_iosxe", "", "r1(config-if)#", "configuration"},
    {"cisco_iosxe", "configuration_exclusive", "r1(config)#",
     "configuration_exclusive"},
    {"cisco_iosxe", "", "Password:", "none"},
    {"cisco_iosxr", "", "RP/0/RSP0/CPU0:r1#", "privileged_exec"},
    {"cisco_iosxr", "", "RP/0/RSP0/CPU0:r1(config)#", "configuration"},
    {"cisco_nxos", "", "n9k-1# ", "privileged_exec"},
    {"arista_eos", "", "sw1(config-s-tielin)#", "configuration_private"},
    {"arista_eos", "", "sw1(config-if-Et1)#", "configuration"},
    {"juniper_junos", "", "{master:0}\nlab@r1> ", "exec"},
    {"juniper_junos", "configuration_private", "[edit]\nlab@r1# ",
     "configuration_private"},
    {"nokia_srl", "", "--{ running }--[  ]--\nA:srl1# ", "exec"},
    {"nokia_srl", "",
     "--{ + candidate shared default }--[ interface x ]--\nA:srl1# ",
     "configuration"},
    {"huawei_vrp", "", "<HUAWEI>", "privileged_exec"},
    {"huawei_vrp", "", "[*HUAWEI-GE1/0/1]", "configuration"},
    {"mikrotik_routeros", "", "[admin@MikroTik] > ", "exec"},
    {"mikrotik_routeros", "", "[admin@MikroTik] /ip/address> ", "exec"},
    {"paloalto_panos", "", "admin@PA-220(active)> ", "exec"},
    {"paloalto_panos", "", "[edit]\nadmin@PA-220# ", "configuration"},
    {"linux", "", "user@host:~$ ", "user"},
    {"linux", "", "root@host:~# ", "root"},
  };
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.platform << ' ' << x.text) {
      auto found = find_prompt(*test::shipped(x.platform), x.text,
                               pattern::start::of_line, x.believed);
      BOOST_TEST((found ? found->mode : "none") == x.mode);
    }
}

BOOST_AUTO_TEST_CASE(what_is_shipped_has_no_remarks) {
  size_t count = 0;
  for (const auto& x : std::filesystem::directory_iterator{PLATFORMS_FOLDER}) {
    BOOST_TEST_CONTEXT(x.path())
    BOOST_TEST(test::shipped(x.path().stem().string())->remarks.empty());
    ++count;
  }
  BOOST_TEST(count == 10u);
}

// PLATFORMS=dir: a copy of the field's repository, which is not ours to keep.
BOOST_AUTO_TEST_CASE(files_of_the_field_load) {
  const auto* folder = std::getenv("PLATFORMS");
  if (folder == nullptr) {
    BOOST_TEST_MESSAGE("PLATFORMS names no folder of platforms");
    return;
  }
  size_t count = 0;
  for (const auto& x : std::filesystem::directory_iterator{folder}) {
    if (x.path().extension() != ".yaml")
      continue;
    std::string text;
    BOOST_TEST(read_file(x.path().string(), 1 << 20, text) == "");
    std::string why;
    BOOST_TEST_CONTEXT(why)
    BOOST_TEST(read_platform("x", text, x.path().string(), why).has_value());
    ++count;
  }
  BOOST_TEST(count >= 44u);
}

BOOST_AUTO_TEST_SUITE_END()
