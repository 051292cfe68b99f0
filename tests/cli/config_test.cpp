#include "cli/shell_world.hpp"
#include "support/text.hpp"

#include <tieline/transports/cli/request_plan.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using namespace std::chrono_literals;

namespace {

using purpose = cli::config_change::purpose;
using lines = std::vector<std::string>;

/// What a platform can do with a configuration.
struct row {
  const char* platform;
  /// Lines wait for a commit.
  bool commits;
  /// They can be undone.
  bool aborts;
  bool confirms;
  lines good;
  std::string bad;
};

const row rows[] = {
  {"cisco_iosxe",
   false,
   false,
   true,
   {"interface Gi1", "description up"},
   "bad"},
  {"cisco_iosxr", true, true, true, {"description up", "mtu 9000"}, "bad line"},
  {"cisco_nxos", false, true, false, {"feature bgp", "vlan 7"}, "bad line"},
  {"arista_eos", true, true, true, {"vlan 7", "ntp server a"}, "bad line"},
  {"juniper_junos", true, true, true, {"set a b", "set c d"}, "bad line"},
  {"nokia_srl", true, true, true, {"set / a b", "set / c d"}, "bad line"},
  {"huawei_vrp", true, true, true, {"vlan 7", "ntp server a"}, "bad line"},
  {"mikrotik_routeros",
   false,
   false,
   false,
   {"/ip address add a", "/system note set note=b"},
   "/bad line"},
  {"paloalto_panos", true, true, false, {"set a b", "set c d"}, "bad line"},
};

cli::shell_request config(lines what, bool diff = false) {
  cli::shell_request result;
  result.lines = std::move(what);
  result.change.emplace();
  result.change->diff = diff;
  return result;
}

lines running(shell_world& world) {
  world.config().settle(world.now());
  return world.config().running;
}

template <class F>
void for_each_platform(F check) {
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.platform) {
      shell_world::options how;
      how.platform = x.platform;
      shell_world world{how};
      BOOST_TEST_REQUIRE(world.open() == "");
      check(x, world);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(lines_are_put_into_effect) {
  for_each_platform([](const row& x, shell_world& world) {
    auto got = world.run(config(x.good));
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.result.indicator == "");
    BOOST_TEST(got.result.change == (x.commits ? "committed" : "applied"));
    BOOST_TEST(running(world) == x.good, boost::test_tools::per_element());
    // Commands run where they always do.
    BOOST_TEST(world.run("show version").error == "");
  });
}

BOOST_AUTO_TEST_CASE(the_difference_is_told) {
  for_each_platform([](const row& x, shell_world& world) {
    auto got = world.run(config(x.good, true));
    BOOST_TEST(got.error == "");
    for (const auto& line : x.good)
      BOOST_TEST(contains(got.result.diff, line), got.result.diff);
    BOOST_TEST(!contains(got.result.diff, "- "), got.result.diff);
    BOOST_TEST(running(world) == x.good, boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(the_first_failure_stops_and_all_is_undone_if_possible) {
  for_each_platform([](const row& x, shell_world& world) {
    auto got = world.run(config({x.good[0], x.bad, x.good[1]}));
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.result.failed_command == x.bad);
    BOOST_TEST(got.result.complaint != "");
    BOOST_TEST(got.result.change == (x.aborts ? "aborted" : "applied in part"));
    auto expected = x.aborts ? lines{} : lines{x.good[0]};
    BOOST_TEST(running(world) == expected, boost::test_tools::per_element());
    // Nothing is left for the next.
    BOOST_TEST(world.run(config({x.good[1]})).error == "");
    expected.push_back(x.good[1]);
    BOOST_TEST(running(world) == expected, boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_is_undone) {
  for_each_platform([](const row& x, shell_world& world) {
    if (!x.commits)
      return;
    auto got = world.run(config({x.good[0], "fail commit"}));
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.result.failed_command.substr(0, 6) == "commit");
    BOOST_TEST(got.result.change == "aborted");
    BOOST_TEST(running(world).empty());
    BOOST_TEST(world.run(config({x.good[1]})).result.change == "committed");
    BOOST_TEST(running(world) == lines{x.good[1]},
               boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(a_check_changes_nothing) {
  for_each_platform([](const row& x, shell_world& world) {
    auto what = config(x.good, true);
    what.change->what = purpose::check;
    auto objection = objection_to(*shipped(x.platform), *what.change);
    BOOST_TEST(objection.empty() == x.aborts, objection);
    if (!x.aborts)
      return;
    auto got = world.run(what);
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.result.change == "checked");
    BOOST_TEST(contains(got.result.diff, x.good[1]));
    BOOST_TEST(running(world).empty());
  });
}

BOOST_AUTO_TEST_CASE(without_a_confirmation_the_device_goes_back) {
  for_each_platform([](const row& x, shell_world& world) {
    auto what = config(x.good);
    what.change->confirm_within = 90s;
    auto objection = objection_to(*shipped(x.platform), *what.change);
    BOOST_TEST(objection.empty() == x.confirms, objection);
    if (!x.confirms)
      return;
    auto got = world.run(what);
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.result.change == "to be confirmed");
    BOOST_TEST(running(world) == x.good, boost::test_tools::per_element());
    world.pass(5min);
    BOOST_TEST(running(world).empty());
  });
}

BOOST_AUTO_TEST_CASE(a_confirmation_lets_it_stay) {
  for_each_platform([](const row& x, shell_world& world) {
    if (!x.confirms)
      return;
    auto what = config(x.good);
    what.change->confirm_within = 90s;
    BOOST_TEST(world.run(what).error == "");
    auto confirmation = config({});
    confirmation.change->what = purpose::confirm;
    auto got = world.run(confirmation);
    BOOST_TEST(got.error == "");
    BOOST_TEST(got.result.change == "confirmed");
    world.pass(5min);
    BOOST_TEST(running(world) == x.good, boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(an_abandoned_change_is_undone) {
  for_each_platform([](const row& x, shell_world& world) {
    // A question that nobody answers.
    auto got = world.run(config({x.good[0], "ask me"}), 5s);
    BOOST_TEST(contains(got.error, "timeout"), got.error);
    BOOST_TEST(world.run("show version").error == "");
    BOOST_TEST(world.run(config({x.good[1]})).error == "");
    auto expected = x.aborts ? lines{x.good[1]} : x.good;
    BOOST_TEST(running(world) == expected, boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(what_has_no_configuration_says_so) {
  BOOST_TEST(objection_to(*shipped("linux"), {})
             == "platform linux is not configured by lines");
  BOOST_TEST(objection_to(*shipped("cisco_iosxe"), {purpose::check})
             == "platform cisco_iosxe puts each line into effect at once");
}

BOOST_AUTO_TEST_CASE(lines_that_differ_are_told_with_where_they_stand) {
  struct {
    const char* name;
    const char* before;
    const char* after;
    const char* expected;
  } table[] = {
    {"nothing", "a\nb\n", "a\nb\n", ""},
    {"one more", "a\nb\n", "a\nx\nb\n", "  a\n+ x\n"},
    {"one less", "a\nx\nb\n", "a\nb\n", "  a\n- x\n"},
    {"another", "a\nx\nb\n", "a\ny\nb\n", "  a\n- x\n+ y\n"},
    {"at the beginning", "b\n", "a\nb\n", "+ a\n"},
    {"two places", "a\nb\nc\n", "x\na\nb\nc\ny\n", "+ x\n  c\n+ y\n"},
    {"all of it", "a\n", "", "- a\n"},
    {"in the middle of what stays", "a\nb\nc\nd\n", "a\nc\nb\nd\n",
     "  a\n- b\n  c\n+ b\n"},
  };
  for (const auto& x : table)
    BOOST_TEST_CONTEXT(x.name)
  BOOST_TEST(cli::line_diff(x.before, x.after) == x.expected);
}

BOOST_AUTO_TEST_SUITE_END()
