#include "cli/shell_world.hpp"

#include "tieline/transports/cli/echo.hpp"

#include <boost/test/unit_test.hpp>

using namespace tieline;
using cli::echo;

BOOST_AUTO_TEST_SUITE(echo_test)

BOOST_AUTO_TEST_CASE(an_echo_stands_behind_a_prompt) {
  const std::string log = "*Nov 30 12:00: %LINK-3-UPDOWN: Interface Gi1, up\n";
  struct {
    const char* what;
    std::string prompt;
    std::string input;
    std::string before;
    std::string line;
    echo result;
  } rows[] = {
    {"as it was typed", "r1#", "show version", "", "r1#show version",
     echo::certain},
    {"half of it", "r1#", "show version", "", "r1#show ver", echo::missing},
    {"none of it", "r1#", "show version", "", "r1#", echo::missing},
    {"behind what came late", "r1#", "show version", "late\nlater\n",
     "r1#show version", echo::certain},
    {"behind another prompt", "WARNING#", "show version", "", "r1>show version",
     echo::certain},
    {"within late output", "r1#", "show version", "late\n",
     "typed: show version", echo::missing},
    {"on a line of late output", "r1#", "show version", "late\n",
     "show version", echo::missing},
    {"with no prompt left", "r1#", "show version", "", "show version",
     echo::likely},
    {"behind a line of the log", "r1#", "show version", log, "show version",
     echo::likely},
    {"wrapped", "r1#", "show version", "r1#show ve\n", "rsion", echo::likely},
    {"with blanks lost", "r1#", "show  version", "", "r1#show version",
     echo::likely},
    {"scrolled", "r1#", "show version and so on", "", "r1#$rsion and so on",
     echo::likely},
  };
  auto kind = test::shipped("cisco_iosxe");
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.what)
  BOOST_TEST(
    (find_echo({x.prompt, x.input, x.before, x.line}, *kind) == x.result));
}

BOOST_AUTO_TEST_SUITE_END()
