// Hosts that files of ssh_config(5) lead to, with a real sshd.

#include "fleet/program.hpp"
#include "support/openssh_server.hpp"
#include "support/ssh_keys.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace fleet_test;
using tieline::test::contains;
using tieline::test::key_files;
using tieline::test::make_key;
using tieline::test::openssh_server;
using tieline::test::temp_dir;

namespace {

using words = std::vector<std::string>;

/// A server, an account there with a key, and files of its user.
struct fixture {
  fixture() {
    server.authorize(key);
    known_hosts = folder.write("known_hosts", server.known_hosts());
    folder.write("hosts.yaml", "web1:\n");
  }

  /// What leads to the server.
  std::string way() const {
    return "  HostName " + server.address() + "\n  Port "
           + std::to_string(server.port()) + "\n  User " + server.login()
           + "\n  IdentityFile " + key.path + "\n  UserKnownHostsFile "
           + known_hosts + "\n";
  }

  std::string config(const std::string& text) const {
    return folder.write("config", text);
  }

  struct outcome {
    int status;
    std::string output;
    std::string error;
  };

  outcome run(const std::string& config,
              words more = {"--", "echo", "it", "is"},
              const words& environment = {}) const {
    words arguments{"-i", folder.path(), "-F", config};
    if (config.empty())
      arguments.resize(2);
    arguments.insert(arguments.end(), more.begin(), more.end());
    program it{arguments, environment};
    auto status = it.finish();
    return {status, it.output(), it.error()};
  }

  temp_dir folder;
  openssh_server server;
  key_files key = make_key(folder, "key");
  std::string known_hosts;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(ssh_config_test, fixture)

BOOST_AUTO_TEST_CASE(a_name_is_all_that_an_inventory_needs) {
  auto got = run(config("Host web*\n" + way()));
  BOOST_TEST(got.status == 0, got.output + got.error);
  BOOST_TEST(contains(got.output, "it is\n"));
  BOOST_TEST(!contains(got.error, "not supported"));
}

BOOST_AUTO_TEST_CASE(the_users_own_file_is_read_without_being_asked_for) {
  std::filesystem::create_directory(folder / ".ssh");
  auto path = folder.write(".ssh/config", "Include more\n");
  folder.write(".ssh/more", "Host web1\n" + way());
  words environment{"HOME=" + folder.path(), "FLEET_SSH_CONFIG="};
  auto got = run("", {"--", "echo", "it", "is"}, environment);
  BOOST_TEST(got.status == 0, got.output + got.error);
  BOOST_TEST(contains(got.output, "it is\n"));
  // With none there is no way.
  auto none = run("none", {"--", "echo"}, environment);
  BOOST_TEST(none.status == 4, none.output + none.error);
}

BOOST_AUTO_TEST_CASE(keys_are_tried_in_turn) {
  auto other = make_key(folder, "other", "rsa");
  auto got = run(config("Host web1\n  IdentityFile /no/such/key\n"
                        "  IdentityFile "
                        + other.path + "\n" + way()));
  BOOST_TEST(got.status == 0, got.output + got.error);
  // And nothing that cannot be used is told as the server's fault.
  auto broken = folder.write("broken", "no key\n");
  std::filesystem::remove(key.path);
  auto failed
    = run(config("Host web1\n  IdentityFile " + broken + "\n" + way()));
  BOOST_TEST(failed.status == 4, failed.output + failed.error);
  BOOST_TEST(contains(failed.output, "no key can be used: " + broken));
  BOOST_TEST(contains(failed.output, "cannot be read"));
}

BOOST_AUTO_TEST_CASE(keys_that_some_hosts_refuse_stop_no_others) {
  auto other = make_key(folder, "other", "rsa");
  folder.write("hosts.yaml", "bad1:\nbad2:\nbad3:\nbad4:\nweb1:\n");
  auto got = run(config("Host bad*\n  IdentityFile " + other.path
                        + "\n  IdentitiesOnly yes\nHost web1\n"
                          "  IdentityFile "
                        + key.path + "\nHost *\n  HostName " + server.address()
                        + "\n  Port " + std::to_string(server.port())
                        + "\n  User " + server.login()
                        + "\n  UserKnownHostsFile " + known_hosts + "\n"),
                 {"-f", "1", "--", "echo", "it", "is"});
  BOOST_TEST(got.status == 4, got.output + got.error);
  BOOST_TEST(count(got.output, "authentication failed (authentication)") == 4u,
             got.output);
  BOOST_TEST(contains(got.output, "it is\n"), got.output);
}

BOOST_AUTO_TEST_CASE(what_the_inventory_says_wins) {
  folder.write("hosts.yaml", "web1:\n  port: " + std::to_string(server.port())
                               + "\n  username: " + server.login() + "\n");
  auto got = run(config("Host web1\n  Port 1\n  User nobody-here\n" + way()));
  BOOST_TEST(got.status == 0, got.output + got.error);
}

BOOST_AUTO_TEST_CASE(host_keys_are_looked_for_where_the_file_says) {
  auto line = server.known_hosts();
  // Under another name, which has no port.
  known_hosts = folder.write("alias",
                             "the-alias" + line.substr(line.find(' ')));
  BOOST_TEST(run(config("Host web1\n  HostKeyAlias The-Alias\n" + way())).status
             == 0);
  auto unknown = run(config("Host web1\n" + way()));
  BOOST_TEST(unknown.status == 4);
  BOOST_TEST(contains(unknown.output, "host key"), unknown.output);
  BOOST_TEST(
    run(config("Host web1\n  StrictHostKeyChecking accept-new\n" + way()))
      .status
    == 0);
}

BOOST_AUTO_TEST_CASE(a_host_behind_a_command_is_never_reached_directly) {
  auto path = config("Host web1\n  ProxyCommand nc %h %p\n" + way());
  auto got = run(path);
  BOOST_TEST(got.status == 4);
  BOOST_TEST(contains(got.output, path
                                    + ":2: ProxyCommand nc %h %p: commands as "
                                      "a way to a host are not supported"),
             got.output);
  BOOST_TEST(!contains(got.output, "it is"));
  BOOST_TEST(!contains(server.log(), "Accepted"));
}

BOOST_AUTO_TEST_CASE(algorithms_reach_the_server) {
  auto got = run(config("Host web1\n  Ciphers aes128-ctr\n  MACs "
                        "hmac-sha2-512\n  KexAlgorithms "
                        "ecdh-sha2-nistp384\n"
                        + way()));
  BOOST_TEST(got.status == 0, got.output + got.error);
  auto none = run(config("Host web1\n  Ciphers 3des-cbc\n" + way()));
  BOOST_TEST(none.status == 4);
  BOOST_TEST(contains(none.output, "no algorithm in common"), none.output);
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_named_once_for_each_file) {
  auto more = folder.write("more", "Host *\n  RemoteForward 1 h:2\n");
  chmod(more.c_str(), 0600);
  auto path = config("Host web1\n  ForwardAgent yes\n" + way()
                     + "  SendEnv LANG\nInclude " + more + "\n");
  auto got = run(path);
  BOOST_TEST(got.status == 0, got.output + got.error);
  BOOST_TEST(count(got.error, "fleet: " + path
                                + ": not supported: ForwardAgent (line 2), "
                                  "SendEnv (line 8)\n")
             == 1u);
  BOOST_TEST(count(got.error, "fleet: " + more
                                + ": not supported: RemoteForward (line 2)\n")
             == 1u);
}

BOOST_AUTO_TEST_CASE(
  a_wrong_file_is_told_with_its_line_before_anything_is_run) {
  auto path = config("Host web1\n" + way() + "  Port many\n");
  auto got = run(path);
  BOOST_TEST(got.status == 5);
  BOOST_TEST(contains(got.error, "fleet: " + path + ":7: Port: must be"),
             got.error);
  auto missing = run((folder / "missing"));
  BOOST_TEST(missing.status == 5);
  BOOST_TEST(contains(missing.error, "missing cannot be read: No such file"),
             missing.error);
}

BOOST_AUTO_TEST_CASE(the_list_shows_the_line_that_each_value_comes_from) {
  folder.write("hosts.yaml", "web1:\n  groups: [web]\n  username: me\nweb2:\n");
  folder.write("groups.yaml", "web:\n");
  auto path = config("Host web1\n  HostName 192.0.2.7\n  Port 2022\n"
                     "  IdentityFile /a\n  IdentityFile /b\n"
                     "Host *\n  User x\n  ServerAliveInterval 1m\n"
                     "  ProxyJump none\n");
  auto got = run(path, {"--list-hosts", "-v"});
  BOOST_TEST(got.status == 0, got.error);
  auto at = [&path](int line) {
    return " (" + path + ':' + std::to_string(line) + ")\n";
  };
  BOOST_TEST(got.output
             == "web1 me@192.0.2.7:2022 web\n"
                "  HostName 192.0.2.7"
                  + at(2) + "  User me (inventory)\n  Port 2022" + at(3)
                  + "  IdentityFile /a" + at(4) + "  IdentityFile /b" + at(5)
                  + "  ServerAliveInterval 60" + at(8)
                  + "web2 x@web2:22\n  HostName web2 (inventory)\n  User x"
                  + at(7) + "  Port 22 (default)\n  ServerAliveInterval 60"
                  + at(8));
}

BOOST_AUTO_TEST_SUITE_END()
