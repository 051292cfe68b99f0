#include "tieline/transports/ssh/config/parser.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline::ssh::config;

namespace {

file parsed(const std::string& text) {
  file result;
  result.path = "f";
  auto wrong = parse(text, result);
  BOOST_TEST_REQUIRE(!wrong, to_string(wrong));
  return result;
}

std::string wrong_with(const std::string& text) {
  file result;
  result.path = "f";
  return to_string(parse(text, result));
}

/// Returns the values of the only statement, with bars between them.
std::string values_of(const std::string& line) {
  auto result = parsed(line);
  BOOST_TEST_REQUIRE(result.statements.size() == 1u);
  std::string text;
  for (const auto& x : result.statements[0].values)
    text += (text.empty() ? "" : "|") + x;
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(parser_test)

BOOST_AUTO_TEST_CASE(words_are_split_and_unquoted_as_openssh_does) {
  const std::pair<const char*, const char*> rows[] = {
    {"Host a b", "a|b"},
    {"Host=a b", "a|b"},
    {"Host = a  b ", "a|b"},
    {"  host\t\"a b\" c", "a b|c"},
    {"Host 'a b' c\"d\"e", "a b|cde"},
    {"Host a\\ b", "a b"},
    {"Host \"a\\\"b\"", "a\"b"},
    {"Host a\\b", "a\\b"},
    {"Host a #b", "a"},
    {"Host a#b", "a#b"},
    {"Host a\r", "a"},
    {"Host a\f", "a"},
    {"\"Host\" a", "a"},
    {"ProxyCommand nc  \"%h\" # no comment", "nc  \"%h\" # no comment"},
    {"ProxyCommand = nc %h", "nc %h"},
    {"ProxyJump a,b # a comment", "a,b"},
  };
  for (const auto& [line, values] : rows)
    BOOST_TEST_CONTEXT(line)
  BOOST_TEST(values_of(line) == values);
}

BOOST_AUTO_TEST_CASE(values_are_written_in_one_way) {
  const std::pair<const char*, const char*> rows[] = {
    {"ConnectTimeout 1m30s", "90"},
    {"ConnectTimeout 1w", "604800"},
    {"ConnectTimeout 1h1", "3601"},
    {"ConnectTimeout none", "none"},
    {"IdentitiesOnly TRUE", "yes"},
    {"IdentitiesOnly false", "no"},
    {"StrictHostKeyChecking off", "no"},
    {"StrictHostKeyChecking Accept-New", "accept-new"},
    {"AddressFamily INET6", "inet6"},
    {"Port 0022", "22"},
    {"Port ssh", "22"},
  };
  for (const auto& [line, values] : rows)
    BOOST_TEST_CONTEXT(line)
  BOOST_TEST(values_of(line) == values);
}

BOOST_AUTO_TEST_CASE(a_wrong_line_is_told_with_its_place_and_its_words) {
  const std::pair<const char*, const char*> rows[] = {
    {"Port 0", "f:2: Port: must be a port, 1 to 65535, not '0'"},
    {"Port", "f:2: Port: an argument is missing"},
    {"Port 1 2", "f:2: Port: has more arguments than one"},
    {"User \"a", "f:2: User: a quote has no end"},
    {"ConnectTimeout 5x", "f:2: ConnectTimeout: must be a time, as 90 or "
                          "1m30s, not '5x'"},
    {"strictHostKeyChecking x",
     "f:2: strictHostKeyChecking: must be true, false, yes, no, ask, off or "
     "accept-new, not 'x'"},
    {"Match user", "f:2: Match: the condition user needs an argument"},
    {"Match hostname x", "f:2: Match: the condition 'hostname' is unknown"},
    {"Match host x user y all",
     "f:2: Match: all cannot be combined with other conditions"},
    {"Ciphers x", "f:2: Ciphers: must be ciphers that OpenSSH knows, not 'x'"},
    {"UserKnownHostsFile none x",
     "f:2: UserKnownHostsFile: none must be alone"},
  };
  for (const auto& [line, wrong] : rows)
    BOOST_TEST_CONTEXT(line)
  BOOST_TEST(wrong_with("Host a\n" + std::string{line} + "\nUser x\n")
             == wrong);
}

BOOST_AUTO_TEST_CASE(a_line_has_its_limits) {
  auto path = std::string(max_line - 13, 'x');
  BOOST_TEST(values_of("IdentityFile " + path) == path);
  BOOST_TEST(wrong_with("\nIdentityFile x" + path)
             == "f:2: the line is longer than 65536 bytes");
  BOOST_TEST(wrong_with(std::string{"User a\0b", 8})
             == "f:1: the line has a NUL byte");
}

BOOST_AUTO_TEST_CASE(conditions_are_read_in_all_their_forms) {
  using kind = criterion::kind;
  for (const auto* line :
       {"Match host a,b !user c final", "Match host=a,b !user=c final",
        "Match HOST \"a,b\" !User 'c' Final",
        "Match host = a,b !user =c final # more"}) {
    BOOST_TEST_INFO_SCOPE(line);
    auto result = parsed(line);
    const auto& criteria = result.statements.at(0).criteria;
    BOOST_TEST_REQUIRE(criteria.size() == 3u);
    BOOST_TEST((criteria[0].what == kind::host));
    BOOST_TEST(criteria[0].argument == "a,b");
    BOOST_TEST(!criteria[0].negated);
    BOOST_TEST((criteria[1].what == kind::user));
    BOOST_TEST(criteria[1].argument == "c");
    BOOST_TEST(criteria[1].negated);
    BOOST_TEST((criteria[2].what == kind::final));
    BOOST_TEST(criteria[2].asks_for_final);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_named_once_with_its_line) {
  auto result = parsed("Host a\n"
                       "ForwardAgent yes\n"
                       "forwardagent ~/x\n"
                       "ForwardX11 no\n"
                       "SendEnv LANG LC_*\n"
                       "Match exec \"x\"\n"
                       "Match localnetwork 10.0.0.0/8\n"
                       "EscapeChar none\n"
                       "KeepAlive yes\n");
  std::string names;
  for (const auto& x : result.unsupported)
    names += x.name + ' ' + std::to_string(x.line) + '\n';
  BOOST_TEST(names
             == "ForwardAgent 2\nSendEnv 5\nMatch exec 6\n"
                "Match localnetwork 7\nKeepAlive 9\n");
}

BOOST_AUTO_TEST_SUITE_END()
