#include "tieline/transports/ssh/config/evaluator.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline::ssh::config;

namespace {

using words = std::vector<std::string>;

surroundings around() {
  surroundings result;
  result.user = "me";
  result.user_id = 1000;
  result.home = "/home/me";
  result.machine = "desk.lan";
  result.home_of = [](const std::string& x) -> std::optional<std::string> {
    if (x == "bob")
      return "/home/bob";
    return std::nullopt;
  };
  result.variable = [](const std::string& x) -> std::optional<std::string> {
    if (x == "KEYS")
      return "/keys";
    return std::nullopt;
  };
  return result;
}

algorithm_lists few() {
  algorithm_lists result;
  result.ciphers = {{"aes256-ctr", "aes128-ctr"},
                    {"aes128-ctr", "aes256-ctr", "aes128-cbc", "3des-cbc"}};
  return result;
}

struct result {
  evaluation what;
  std::string wrong;

  std::string of(keyword x) const {
    const auto* found = what.find(x);
    std::string text;
    if (found != nullptr)
      for (const auto& value : found->values)
        text += (text.empty() ? "" : " ") + value;
    return text;
  }

  std::string from(keyword x) const {
    const auto* found = what.find(x);
    std::string text;
    if (found != nullptr)
      for (const auto& place : found->places)
        text += (text.empty() ? "" : " ") + to_string(place);
    return text;
  }
};

std::shared_ptr<file> parsed(const std::string& text,
                             const std::string& path = "f") {
  auto result = std::make_shared<file>();
  result->path = path;
  auto wrong = parse(text, *result);
  BOOST_TEST_REQUIRE(!wrong, to_string(wrong));
  return result;
}

result evaluated(const std::vector<std::string>& texts, const query& asked,
                 const surroundings& here = around()) {
  std::vector<std::shared_ptr<const file>> files;
  for (const auto& x : texts)
    files.push_back(parsed(x, "f" + std::to_string(files.size() + 1)));
  result got;
  got.wrong = to_string(evaluate(files, asked, here, few(), got.what));
  return got;
}

/// Returns the user that a file gives a host.
std::string user_of(const std::string& text, const query& asked) {
  auto got = evaluated({text}, asked);
  return got.wrong.empty() ? got.of(keyword::user) : got.wrong;
}

} // namespace

BOOST_AUTO_TEST_SUITE(evaluator_test)

BOOST_AUTO_TEST_CASE(blocks_apply_as_in_openssh) {
  struct row {
    const char* text;
    query asked;
    const char* user;
  };
  const row rows[] = {
    {"Host a\nUser x\n", {"a"}, "x"},
    {"Host a\nUser x\n", {"b"}, "me"},
    {"Host A\nUser x\n", {"a"}, "me"},
    {"Host *.corp !bastion.corp\nUser x\n", {"web.corp"}, "x"},
    {"Host *.corp !bastion.corp\nUser x\n", {"bastion.corp"}, "me"},
    {"Host !a *\nUser x\n", {"a"}, "me"},
    {"Host !a\nUser x\n", {"b"}, "me"},
    {"Host ?\nUser x\nHost *\nUser y\n", {"ab"}, "y"},
    // The first one holds.
    {"Host a\nUser x\nHost *\nUser y\n", {"a"}, "x"},
    {"User z\nHost a\nUser x\n", {"a"}, "z"},
    // What was given beside the host.
    {"Host a\nUser x\n", {"a", "given"}, "given"},
    {"Match user given\nHostName b\nMatch host b\nUser x\n", {"a"}, "me"},
    // Match.
    {"Match host a,b\nUser x\n", {"b"}, "x"},
    {"Match host A\nUser x\n", {"a"}, "x"},
    {"Match host *,!b\nUser x\n", {"b"}, "me"},
    {"Match !host b\nUser x\n", {"a"}, "x"},
    {"Match localuser me\nUser x\n", {"a"}, "x"},
    {"Match localuser you\nUser x\n", {"a"}, "me"},
    {"Match all\nUser x\n", {"a"}, "x"},
    {"Match !all\nUser x\n", {"a"}, "me"},
    {"HostName b\nMatch host b originalhost a\nUser x\n", {"a"}, "x"},
    {"HostName b\nMatch host a\nUser x\n", {"a"}, "me"},
    {"Match final\nUser x\nMatch all\nUser y\n", {"a"}, "y"},
    {"Match final\nUser x\n", {"a"}, "x"},
    {"Match canonical\nUser x\n", {"a"}, "me"},
    // Nobody asks for the second pass but a `final`, whose block then counts.
    {"Match canonical\nUser x\nMatch final host b\nUser y\n", {"a"}, "x"},
    // In the second pass, Host is compared with the HostName.
    {"Host b\nUser x\nHost a\nHostName B\nMatch final\n", {"a"}, "x"},
    {"Tag t\nMatch tagged t\nUser x\n", {"a"}, "x"},
    {"Match tagged t\nUser x\n", {"a"}, "me"},
    // Not run, and not true the other way round, either.
    {"Match exec true\nUser x\n", {"a"}, "me"},
    {"Match !exec true\nUser x\n", {"a"}, "me"},
    {"Match localnetwork 0.0.0.0/0\nUser x\n", {"a"}, "me"},
    {"User %u-%n\n", {"a"}, "me-a"},
  };
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.text)
  BOOST_TEST(user_of(x.text, x.asked) == x.user);
}

BOOST_AUTO_TEST_CASE(a_command_decides_only_where_that_is_allowed) {
  auto here = around();
  words run;
  here.exec = [&run](const std::string& command) {
    run.push_back(command);
    return command == "check b 2022 me a";
  };
  auto got = evaluated({"HostName b\nPort 2022\n"
                        "Match exec \"check %h %p %r %n\"\nUser x\n"
                        "Match host nobody exec \"never\"\nUser y\n"},
                       {"a"}, here);
  BOOST_TEST(got.of(keyword::user) == "x");
  BOOST_TEST(run == words{"check b 2022 me a"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_tell_where_they_come_from) {
  auto got = evaluated({"Host a\n  Port 2022\n  IdentityFile k1\n",
                        "IdentityFile k2\nPort 22\nUser x\n"},
                       {"a", "given"});
  BOOST_TEST(got.of(keyword::port) == "2022");
  BOOST_TEST(got.from(keyword::port) == "f1:2");
  BOOST_TEST(got.of(keyword::identity_file) == "k1 k2");
  BOOST_TEST(got.from(keyword::identity_file) == "f1:3 f2:1");
  BOOST_TEST(got.from(keyword::user) == "");
  BOOST_TEST(got.what.said(keyword::user) == nullptr);
  BOOST_TEST(got.of(keyword::hostname) == "a");
  BOOST_TEST(got.what.said(keyword::hostname) == nullptr);
}

BOOST_AUTO_TEST_CASE(tokens_and_variables_are_expanded) {
  const std::pair<const char*, const char*> rows[] = {
    {"~/k", "/home/me/k"},
    {"~bob/k", "/home/bob/k"},
    {"/%h/%n/%p/%r/%u/%i/%l/%L/%d/%%",
     "/b/a/22/me/me/1000/desk.lan/desk//home/me/%"},
    {"%k", "a"},
    {"${KEYS}/k", "/keys/k"},
    {"none", "none"},
  };
  for (const auto& [written, path] : rows)
    BOOST_TEST_CONTEXT(written) {
      auto got = evaluated({"HostName b\nIdentityFile " + std::string{written}},
                           {"a"});
      BOOST_TEST(got.wrong == "");
      BOOST_TEST(got.of(keyword::identity_file) == path);
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_expanded_is_told_with_its_place) {
  const std::pair<const char*, const char*> rows[] = {
    {"IdentityFile %x", "f1:2: IdentityFile: the token '%x' is not supported "
                        "here"},
    {"IdentityFile a%", "f1:2: IdentityFile: a % at the end; a percent sign "
                        "is %%"},
    {"IdentityFile ${NOT_SET}/k", "f1:2: IdentityFile: the variable "
                                  "'NOT_SET' is not set"},
    {"UserKnownHostsFile ~nobody-here/k",
     "f1:2: UserKnownHostsFile: there is no user 'nobody-here'"},
    {"HostName %p", "f1:2: HostName: the token '%p' is not supported here"},
    {"Nonsense 1", "f1:2: OpenSSH has no keyword 'Nonsense'"},
    {"Ciphers aes256-gcm@openssh.com",
     "f1:2: Ciphers: nothing is left of 'aes256-gcm@openssh.com' that is "
     "available here"},
  };
  for (const auto& [line, wrong] : rows)
    BOOST_TEST_CONTEXT(line)
  BOOST_TEST(evaluated({"Host *\n" + std::string{line}}, {"a"}).wrong == wrong);
}

BOOST_AUTO_TEST_CASE(unknown_keywords_can_be_ignored_from_there_on) {
  BOOST_TEST(user_of("IgnoreUnknown Use*,x\nUseKeychain yes\nUser a\n", {"h"})
             == "a");
  BOOST_TEST(user_of("Host nobody\nUseKeychain yes\n", {"h"})
             == "f1:2: OpenSSH has no keyword 'UseKeychain'");
  BOOST_TEST(user_of("Host nobody\nIgnoreUnknown *\nUseKeychain yes\n", {"h"})
             == "f1:3: OpenSSH has no keyword 'UseKeychain'");
}

BOOST_AUTO_TEST_CASE(algorithms_are_added_taken_off_and_put_first) {
  auto ciphers = [](const std::string& value) {
    return evaluated({"Ciphers " + value}, {"a"});
  };
  BOOST_TEST(ciphers("+3des-cbc").of(keyword::ciphers)
             == "aes256-ctr aes128-ctr 3des-cbc");
  BOOST_TEST(ciphers("-aes256*").of(keyword::ciphers) == "aes128-ctr");
  BOOST_TEST(ciphers("^aes128-ctr").of(keyword::ciphers)
             == "aes128-ctr aes256-ctr");
  BOOST_TEST(ciphers("aes128-cbc,aes128-cbc").of(keyword::ciphers)
             == "aes128-cbc");
  auto missing = ciphers("aes128-ctr,aes128-gcm@openssh.com");
  BOOST_TEST(missing.of(keyword::ciphers) == "aes128-ctr");
  BOOST_TEST_REQUIRE(missing.what.missing_algorithms.size() == 1u);
  BOOST_TEST(to_string(missing.what.missing_algorithms[0])
             == "f1:1: Ciphers: aes128-gcm@openssh.com");
}

BOOST_AUTO_TEST_CASE(the_first_of_jump_and_command_holds) {
  auto both = [](const char* text) {
    auto got = evaluated({text}, {"a"});
    return got.of(keyword::proxy_jump) + '/' + got.of(keyword::proxy_command);
  };
  BOOST_TEST(both("ProxyJump j\nProxyCommand c\n") == "j/");
  BOOST_TEST(both("ProxyCommand c\nProxyJump j\n") == "/c");
  BOOST_TEST(both("ProxyJump none\nProxyCommand c\n") == "/c");
  BOOST_TEST(both("ProxyCommand none\nProxyJump j\n") == "/");
}

BOOST_AUTO_TEST_SUITE_END()
