// Hosts that only a bastion reaches, in a network of their own.

#include "fleet/program.hpp"
#include "support/far_network.hpp"
#include "support/openssh_server.hpp"
#include "support/ssh_keys.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace fleet_test;
using tieline::test::contains;
using tieline::test::far_network;
using tieline::test::field_there;
using tieline::test::key_files;
using tieline::test::make_key;
using tieline::test::openssh_options;
using tieline::test::openssh_server;
using tieline::test::temp_dir;

namespace {

using words = std::vector<std::string>;

openssh_options there(const far_network& far, std::string address) {
  openssh_options result;
  result.address = std::move(address);
  result.wrapper = far.wrapper();
  return result;
}

struct fixture {
  fixture() {
    for (auto* server : {&bastion, &inside})
      server->authorize(key);
    known_hosts = folder.write("known_hosts",
                               bastion.known_hosts() + inside.known_hosts());
  }

  /// Returns an entry of hosts.yaml, or of `connection_options` of one.
  std::string entry(const std::string& name, const openssh_server& at,
                    const std::string& more = "") const {
    return name + ":\n  hostname: " + at.address()
           + "\n  port: " + std::to_string(at.port())
           + "\n  username: " + at.login() + "\n" + more
           + "  connection_options:\n    ssh:\n      extras:\n"
             "        private-key-file: "
           + key.path + "\n        known-hosts: " + known_hosts + "\n";
  }

  /// Returns what ssh_config(5) says of a host.
  std::string way(const std::string& name, const openssh_server& at,
                  const std::string& more = "") const {
    return "Host " + name + "\n  HostName " + at.address() + "\n  Port "
           + std::to_string(at.port()) + "\n  User " + at.login()
           + "\n  IdentityFile " + key.path + "\n  UserKnownHostsFile "
           + known_hosts + "\n" + more;
  }

  struct outcome {
    int status;
    std::string output;
    std::string error;
  };

  outcome run(words more, const std::string& config = "none") const {
    words arguments{"-i", folder.path(), "-F", config};
    arguments.insert(arguments.end(), more.begin(), more.end());
    program it{arguments};
    auto status = it.finish();
    return {status, it.output(), it.error()};
  }

  void check_reached(const outcome& got, size_t hosts) const {
    BOOST_TEST(got.status == 0, got.output + got.error);
    BOOST_TEST(count(got.output, "it is\n") == hosts, got.output);
    BOOST_TEST(count(bastion.log(), "Accepted publickey") == 1u);
    BOOST_TEST(count(inside.log(), "Accepted publickey") == hosts);
  }

  const words echo{"--", "echo", "it", "is"};

  far_network far;
  temp_dir folder;
  openssh_server bastion{there(far, field_there)};
  openssh_server inside{there(far, "127.0.0.1")};
  key_files key = make_key(folder, "key");
  std::string known_hosts;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(jump_test, fixture)

BOOST_AUTO_TEST_CASE(an_inventory_names_the_jump_host) {
  folder.write("hosts.yaml", entry("bastion", bastion)
                               + entry("web1", inside, "  jump: bastion\n")
                               + entry("web2", inside, "  groups: [far]\n")
                               + entry("web3", inside, "  groups: [far]\n"));
  folder.write("groups.yaml", "far:\n  jump: bastion\n");
  auto listed = run({"--list-hosts", "-v", "-l", "web1"});
  BOOST_TEST(contains(listed.output, " via bastion\n"), listed.output);
  check_reached(run({"-l", "web*", "--", "echo", "it", "is"}), 3);
}

BOOST_AUTO_TEST_CASE(a_jump_host_is_a_host_like_others) {
  folder.write("hosts.yaml", entry("bastion", bastion, "  jump: none\n")
                               + entry("web1", inside));
  folder.write("defaults.yaml", "jump: bastion\n");
  auto got = run(echo);
  BOOST_TEST(got.status == 0, got.output + got.error);
  BOOST_TEST(count(got.output, "it is\n") == 2u, got.output);
  BOOST_TEST(count(bastion.log(), "Accepted publickey") == 1u);
}

BOOST_AUTO_TEST_CASE(a_jump_host_may_have_one_itself) {
  openssh_server second{there(far, "127.0.0.1")};
  second.authorize(key);
  known_hosts = folder.write("all", bastion.known_hosts() + inside.known_hosts()
                                      + second.known_hosts());
  folder.write("hosts.yaml", entry("bastion", bastion)
                               + entry("second", second, "  jump: bastion\n")
                               + entry("web1", inside, "  jump: second\n"));
  auto listed = run({"--list-hosts", "-v", "-l", "web1"});
  BOOST_TEST(contains(listed.output, " via second via bastion\n"),
             listed.output);
  check_reached(run({"-l", "web1", "--", "echo", "it", "is"}), 1);
  BOOST_TEST(count(second.log(), "Accepted publickey") == 1u);
}

BOOST_AUTO_TEST_CASE(the_command_line_names_the_jump_host) {
  folder.write("hosts.yaml", entry("bastion", bastion) + entry("web1", inside)
                               + entry("web2", inside, "  jump: web1\n"));
  check_reached(run({"-J", "bastion", "-l", "web*", "--", "echo", "it", "is"}),
                2);
  // And takes the one of the inventory away.
  auto none = run({"-J", "none", "-l", "web2", "--", "echo"});
  BOOST_TEST(none.status == 4, none.output + none.error);
}

BOOST_AUTO_TEST_CASE(a_jump_host_needs_no_entry) {
  folder.write("hosts.yaml", entry("web1", inside));
  auto config = folder.write("config", "Host *\n  IdentityFile " + key.path
                                         + "\n  UserKnownHostsFile "
                                         + known_hosts + "\n");
  auto name = bastion.login() + '@' + bastion.address() + ':'
              + std::to_string(bastion.port());
  check_reached(run({"-J", name, "--", "echo", "it", "is"}, config), 1);
}

BOOST_AUTO_TEST_CASE(proxy_jump_of_a_file_is_followed) {
  folder.write("hosts.yaml", "web1:\nweb2:\nweb3:\n");
  auto config = folder.write("config",
                             way("bastion", bastion)
                               + way("web*", inside, "  ProxyJump bastion\n"));
  auto listed = run({"--list-hosts", "-v", "-l", "web1"}, config);
  BOOST_TEST(contains(listed.output, "  ProxyJump bastion (" + config + ":13)"),
             listed.output);
  check_reached(run(echo, config), 3);
}

BOOST_AUTO_TEST_CASE(none_is_no_jump_host_whatever_a_file_says) {
  auto config = folder.write("config",
                             way("bastion", bastion)
                               + way("web*", inside, "  ProxyJump bastion\n"));
  folder.write("hosts.yaml", "web1:\n");
  auto given = run({"-J", "none", "--", "echo"}, config);
  BOOST_TEST(given.status == 4, given.output + given.error);
  folder.write("hosts.yaml", "web1:\n  jump: none\n");
  auto said = run(echo, config);
  BOOST_TEST(said.status == 4, said.output + said.error);
  BOOST_TEST(count(bastion.log(), "Accepted publickey") == 0u);
}

BOOST_AUTO_TEST_CASE(a_file_may_say_how_the_jump_host_is_reached) {
  openssh_server second{there(far, "127.0.0.1")};
  second.authorize(key);
  known_hosts = folder.write("all", bastion.known_hosts() + inside.known_hosts()
                                      + second.known_hosts());
  folder.write("hosts.yaml", "web1:\n");
  auto config = folder.write("config",
                             way("bastion", bastion)
                               + way("second", second, "  ProxyJump bastion\n")
                               + way("web1", inside, "  ProxyJump second\n"));
  check_reached(run(echo, config), 1);
  BOOST_TEST(count(second.log(), "Accepted publickey") == 1u);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_told_with_its_place) {
  auto hosts = folder.write("hosts.yaml",
                            "web1:\n  jump: elsewhere\nweb2:\n  jump: a\n"
                            "a:\n  jump: b\nb:\n  jump: a\n");
  auto unknown = run({"-l", "web1", "--", "echo"});
  BOOST_TEST(unknown.status == 5);
  BOOST_TEST(contains(unknown.error, hosts
                                       + ":2: web1.jump: unknown host "
                                         "'elsewhere'"),
             unknown.error);
  auto circle = run({"-l", "web2", "--", "echo"});
  BOOST_TEST(circle.status == 5);
  BOOST_TEST(contains(circle.error, hosts + ":8: b.jump: "), circle.error);
  BOOST_TEST(contains(circle.error, "web2 via a via b via a"), circle.error);
  auto wrong = run({"-J", "me@:x", "-l", "web1", "--", "echo"});
  BOOST_TEST(wrong.status == 5);
  BOOST_TEST(contains(wrong.error, "-J: must be [user@]host[:port]"),
             wrong.error);
  auto config = folder.write("config", "Host web1\n  ProxyJump a\nHost a\n  "
                                       "ProxyJump web1\n");
  folder.write("hosts.yaml", "web1:\n");
  auto by_file = run(echo, config);
  BOOST_TEST(by_file.status == 4);
  BOOST_TEST(contains(by_file.output, config + ":4: ProxyJump: it leads"),
             by_file.output);
  BOOST_TEST(contains(by_file.output, "web1 via a via web1"), by_file.output);
}

BOOST_AUTO_TEST_SUITE_END()
