// What ssh_config files say about a host, compared with what OpenSSH of this
// machine says: `ssh -G`.

#include "ssh_config/generator.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include "tieline/transports/ssh/config/files.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace tieline::ssh::config;
using tieline::test::generate_config;
using tieline::test::run;
using tieline::test::temp_dir;

namespace {

using words = std::vector<std::string>;

constexpr uint32_t rounds = 300;

words lines_of(const std::string& text) {
  words result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

words split(const std::string& text, char at) {
  words result;
  std::istringstream in{text};
  for (std::string item; std::getline(in, item, at);)
    result.push_back(item);
  return result;
}

/// What `ssh -G` shows: the values of each keyword, in lower case.
using shown = std::map<std::string, words>;

shown parse_shown(const std::string& output) {
  shown result;
  for (const auto& line : lines_of(output)) {
    auto blank = line.find(' ');
    result[line.substr(0, blank)].push_back(
      blank == std::string::npos ? "" : line.substr(blank + 1));
  }
  return result;
}

struct openssh {
  openssh() {
    // Not that of whoever runs the test.
    setenv("HOME", here.home.c_str(), 1);
    setenv("SHELL", "/bin/sh", 1);
    auto defaults
      = parse_shown(run({"/usr/bin/ssh", "-G", "-F", "none", "x"}).output);
    auto of = [&](const char* keyword, const char* query) {
      return algorithm_list{split(defaults.at(keyword).front(), ','),
                            lines_of(
                              run({"/usr/bin/ssh", "-Q", query}).output)};
    };
    lists.key_exchange = of("kexalgorithms", "kex");
    lists.host_keys = of("hostkeyalgorithms", "HostKeyAlgorithms");
    lists.ciphers = of("ciphers", "cipher");
    lists.macs = of("macs", "mac");
    lists.user_keys = of("pubkeyacceptedalgorithms", "HostKeyAlgorithms");
    here.exec = [](const std::string& command) {
      return run({"/bin/sh", "-c", command}).status == 0;
    };
  }

  static surroundings account() {
    // The home of the account, which is what OpenSSH takes.
    auto result = own_surroundings();
    result.home = *result.home_of(result.user);
    return result;
  }

  surroundings here = account();
  algorithm_lists lists;
};

/// `ssh -G` leaves the tokens of keys and certificates for later.
std::string expanded(std::string path, const surroundings& here,
                     const shown& of, const std::string& host) {
  if (path.substr(0, 2) == "~/")
    path = here.home + path.substr(1);
  std::string result;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      result += path[i];
      continue;
    }
    switch (path[++i]) {
      case 'h':
        result += of.at("hostname").front();
        break;
      case 'r':
        result += of.at("user").front();
        break;
      case 'p':
        result += of.at("port").front();
        break;
      case 'n':
        result += host;
        break;
      case 'u':
        result += here.user;
        break;
      case 'd':
        result += here.home;
        break;
      case 'i':
        result += std::to_string(here.user_id);
        break;
      case 'l':
        result += here.machine;
        break;
      default:
        result += path[i];
        break;
    }
  }
  return result;
}

std::string joined(const words& xs, const char* by) {
  std::string result;
  for (const auto& x : xs)
    result += (&x == &xs.front() ? "" : by) + x;
  return result;
}

/// Returns what is ours in the way in which `ssh -G` shows it.
std::string ours(const evaluation& x, keyword what, const char* by) {
  const auto* found = x.find(what);
  if (found == nullptr)
    return "-";
  return found->values.empty() ? "none" : joined(found->values, by);
}

struct compared_keyword {
  keyword what;
  const char* shown_as;
  /// What separates items.
  const char* by;
};

constexpr compared_keyword compared[] = {
  {keyword::hostname, "hostname", " "},
  {keyword::port, "port", " "},
  {keyword::user, "user", " "},
  {keyword::identity_file, "identityfile", "\n"},
  {keyword::identities_only, "identitiesonly", " "},
  {keyword::identity_agent, "identityagent", " "},
  {keyword::certificate_file, "certificatefile", "\n"},
  {keyword::user_known_hosts_file, "userknownhostsfile", " "},
  {keyword::global_known_hosts_file, "globalknownhostsfile", " "},
  {keyword::host_key_alias, "hostkeyalias", " "},
  {keyword::strict_host_key_checking, "stricthostkeychecking", " "},
  {keyword::proxy_jump, "proxyjump", " "},
  {keyword::proxy_command, "proxycommand", " "},
  {keyword::connect_timeout, "connecttimeout", " "},
  {keyword::server_alive_interval, "serveraliveinterval", " "},
  {keyword::server_alive_count_max, "serveralivecountmax", " "},
  {keyword::kex_algorithms, "kexalgorithms", ","},
  {keyword::host_key_algorithms, "hostkeyalgorithms", ","},
  {keyword::ciphers, "ciphers", ","},
  {keyword::macs, "macs", ","},
  {keyword::pubkey_accepted_algorithms, "pubkeyacceptedalgorithms", ","},
  {keyword::preferred_authentications, "preferredauthentications", " "},
  {keyword::address_family, "addressfamily", " "},
  {keyword::bind_address, "bindaddress", " "},
};

std::string theirs(const shown& of, const compared_keyword& what,
                   const surroundings& here, const std::string& host) {
  auto found = of.find(what.shown_as);
  if (found == of.end())
    return "-";
  auto values = found->second;
  if (what.what == keyword::identity_file
      || what.what == keyword::certificate_file) {
    words kept;
    for (const auto& x : values)
      // Kinds of keys that one version tries and the other does not know.
      if (x != "~/.ssh/id_xmss" && x != "~/.ssh/id_dsa")
        kept.push_back(expanded(x, here, of, host));
    values = kept;
  }
  if (what.what == keyword::strict_host_key_checking)
    values.front() = values.front() == "true"    ? "yes"
                     : values.front() == "false" ? "no"
                                                 : values.front();
  return joined(values, what.by);
}

} // namespace

BOOST_AUTO_TEST_SUITE(oracle_test)

BOOST_AUTO_TEST_CASE(every_supported_keyword_is_what_openssh_makes_of_it) {
  tieline::test::require_program("/usr/bin/ssh", "openssh-client");
  openssh peer;
  std::map<keyword, size_t> said;
  for (uint32_t seed = 1; seed <= rounds; ++seed) {
    temp_dir folder;
    auto config = generate_config(seed, folder.path());
    BOOST_TEST_INFO_SCOPE("seed " << seed << '\n' << config.text);
    words command{"/usr/bin/ssh", "-G", "-F", config.main_file};
    query asked{config.host, config.user, {}};
    if (!config.user.empty())
      command.insert(command.end(), {"-l", config.user});
    if (!config.port.empty()) {
      command.insert(command.end(), {"-p", config.port});
      asked.port = static_cast<uint16_t>(std::stoi(config.port));
    }
    command.push_back(config.host);
    auto got = run(command);
    BOOST_TEST_REQUIRE(got.status == 0, got.output);
    auto of = parse_shown(got.output);
    file_set files{{config.main_file}, peer.here};
    BOOST_TEST_REQUIRE(files.refresh());
    BOOST_TEST_REQUIRE(!files.wrong(), to_string(files.wrong()));
    evaluation mine;
    auto wrong = evaluate(files.files(), asked, peer.here, peer.lists, mine);
    BOOST_TEST_REQUIRE(!wrong, to_string(wrong));
    for (const auto& x : compared) {
      BOOST_TEST_INFO(x.shown_as);
      BOOST_TEST(ours(mine, x.what, x.by)
                 == theirs(of, x, peer.here, config.host));
      said[x.what] += mine.said(x.what) != nullptr ? 1 : 0;
    }
  }
  // That the files said something about everything, often.
  for (const auto& x : compared)
    BOOST_TEST(said[x.what] >= rounds / 20, x.shown_as);
}

BOOST_AUTO_TEST_CASE(what_openssh_refuses_is_refused_at_the_same_line) {
  tieline::test::require_program("/usr/bin/ssh", "openssh-client");
  openssh peer;
  temp_dir folder;
  for (const auto* bad : {
         "Port 0",
         "Port 65536",
         "Port nonsense",
         "Port 22 23",
         "Port \"\"",
         "Port",
         "User",
         "User a b",
         "User \"a",
         "NoSuchKeyword yes",
         "Hostnam x",
         "ConnectTimeout soon",
         "ConnectTimeout 1x",
         "ConnectTimeout -1",
         "ServerAliveCountMax many",
         "ServerAliveCountMax -1",
         "ServerAliveInterval 1 2",
         "IdentitiesOnly maybe",
         "StrictHostKeyChecking perhaps",
         "AddressFamily ipv6",
         "Ciphers no-such-cipher",
         "MACs +no-such-mac",
         "KexAlgorithms ^curve25519",
         "HostKeyAlgorithms rsa-md5",
         "PubkeyAcceptedAlgorithms nothing*",
         "ProxyJump @host",
         "ProxyJump host:port",
         "ProxyJump a,,b",
         "UserKnownHostsFile none /x",
         "GlobalKnownHostsFile \"\"",
         "Match",
         "Match host",
         "Match nonsense x",
         "Match user root extra",
         "Match all host x",
         "Host \"\"",
         "IdentityAgent $a-b",
         "IdentityFile",
         "ForwardX11 x",
         "Compression yes no",
       }) {
    BOOST_TEST_INFO_SCOPE(bad);
    // In a block that applies to nobody, for the whole file is checked.
    auto path = folder.write("config", "# one\nHost nobody\n  User x\n  "
                                         + std::string{bad} + "\nHost *\n");
    auto got = run({"/usr/bin/ssh", "-G", "-F", path, "web1"});
    BOOST_TEST(got.status != 0);
    BOOST_TEST_INFO(got.output);
    BOOST_TEST((got.output.find("line 4") != std::string::npos
                || got.output.find("line 04") != std::string::npos
                || got.output.find("Match criteria") != std::string::npos));
    file_set files{{path}, peer.here};
    files.refresh();
    auto wrong = files.wrong();
    evaluation mine;
    if (!wrong)
      wrong = evaluate(files.files(), {"web1"}, peer.here, peer.lists, mine);
    BOOST_TEST(!!wrong);
    BOOST_TEST(wrong.where.file == path);
    BOOST_TEST(wrong.where.line == 4u, to_string(wrong));
  }
}

BOOST_AUTO_TEST_SUITE_END()
