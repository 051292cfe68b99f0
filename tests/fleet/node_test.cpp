
#include "fleet/program.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

#include <tieline/actors/manager.hpp>
#include <tieline/actors/node/node.hpp>
#include <tieline/lab/inventory.hpp>
#include <tieline/lab/lab.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace fleet_test;
using namespace tieline::test;

namespace {

using words = std::vector<std::string>;

std::string recap_of(const std::string& output) {
  auto begin = output.rfind("recap");
  return begin == std::string::npos
           ? "no recap"
           : output.substr(begin, output.find('\n', begin) - begin);
}

/// `nodes serve` with a credential named core.
class serving_process {
public:
  serving_process(const std::string& password, const words& more = {}) {
    words command{NODES_PROGRAM, "serve", "--tieline.node.port=0",
                  "--tieline.close-timeout=100ms",
                  "--config-file="
                    + dir_.write("config",
                                 "tieline { credential { core {\n"
                                 "hosts = [\"127.*\"]\n"
                                 "username = \"lab\"\npassword-file = \""
                                   + dir_.write("password", password)
                                   + "\"\n} }\nnode { peer-extras = "
                                     "[\"host-key-policy\", \"known-hosts\", "
                                     "\"scheme\"] } }\n")};
    command.insert(command.end(), more.begin(), more.end());
    process_ = child_process{command, dir_.write("log", "")};
    auto said = [this] { return contains(log(), "serving at port "); };
    if (!eventually([&] { return said() || !process_.running(); }) || !said())
      throw std::runtime_error{"nodes serve: " + log()};
    auto text = log();
    auto begin = text.find("port ") + 5;
    address_ = "127.0.0.1:" + text.substr(begin, text.find('\n') - begin);
  }

  const std::string& address() const noexcept {
    return address_;
  }

  std::string log() const {
    return read_file(dir_ / "log");
  }

  bool running() {
    return process_.running();
  }

  void signal(int number) const {
    process_.signal(number);
  }

private:
  temp_dir dir_;
  child_process process_;
  std::string address_;
};

/// Devices, and an inventory that names a credential.
struct fixture {
  explicit fixture(size_t count)
    : devices([count] {
        tieline::lab::options how;
        how.devices = count;
        how.password = "a secret";
        how.restconf.enabled = true;
        return how;
      }()) {
    write_inventory(devices, folder.path());
    folder.write("defaults.yaml", "credential: core\n");
  }

  words line(const std::string& where, const words& more) const {
    words result{"-i", folder.path(), "--node", where, "-o"};
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  tieline::lab::server devices;
  temp_dir folder;
};

words tls_flags(const certificate& mine, const authority& ca) {
  return {"--tieline.node.certificate=" + mine.file,
          "--tieline.node.key=" + mine.key,
          "--tieline.node.ca-file=" + ca.file()};
}

words joined(words x, const words& y) {
  x.insert(x.end(), y.begin(), y.end());
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(node_test)

BOOST_AUTO_TEST_CASE(sessions_live_there_and_outlast_the_run) {
  fixture here{5};
  serving_process there{"a secret"};
  for (auto times = 0; times < 2; ++times) {
    program run{here.line(there.address(), {"--status", "--", "echo", "hi"})};
    BOOST_TEST(run.finish() == 0, run.output() + run.error());
    BOOST_TEST(count(run.output(), " | ok | hi\n") == 5u, run.output());
    BOOST_TEST(contains(recap_of(run.output()), "5 hosts, 5 ok"));
    BOOST_TEST(contains(run.error(), "\n5 open, 0 opening"), run.error());
    // One login each for both runs.
    BOOST_TEST(here.devices.count().logins_ok == 5u);
    BOOST_TEST(here.devices.count().live == 5u);
  }
  BOOST_TEST(there.running());
  there.signal(SIGTERM);
  BOOST_TEST(eventually([&] { return !there.running(); }));
}

BOOST_AUTO_TEST_CASE(all_plugins_take_the_credential) {
  fixture here{2};
  serving_process there{"a secret"};
  program netconf{here.line(there.address(), {"--plugin", "netconf", "--",
                                              "get-config", "source=running"})};
  BOOST_TEST(netconf.finish() == 0, netconf.output());
  program http{here.line(there.address(),
                         {"--plugin", "http", "--", "GET", "/restconf/data"})};
  BOOST_TEST(http.finish() == 0, http.output());
  program other{here.line(there.address(), {"--plugin", "telnet", "--", "x"})};
  BOOST_TEST(other.finish() == 4);
  BOOST_TEST(contains(other.output(), "2x no connection factory"),
             other.output());
}

BOOST_AUTO_TEST_CASE(what_the_node_does_not_know_is_told) {
  fixture here{2};
  here.folder.write("defaults.yaml", "credential: edge\n");
  serving_process there{"a secret"};
  program run{here.line(there.address(), {"--", "x"})};
  BOOST_TEST(run.finish() == 4);
  BOOST_TEST(contains(run.output(),
                      "extras.credential: there is no tieline.credential.edge "
                      "here"),
             run.output());
}

BOOST_AUTO_TEST_CASE(what_a_peer_may_not_say_is_refused_there) {
  fixture here{1};
  serving_process there{"a secret", {"--tieline.node.peer-extras=[]"}};
  const auto& device = here.devices.at(0);
  auto victim = here.folder.write("victim", "one line\n");
  auto run = [&](const std::string& plugin, const std::string& extras,
                 const std::string& host = "127.0.0.1") {
    tieline::test::temp_dir folder;
    folder.write("hosts.yaml", "r1:\n  hostname: " + host
                                 + "\n  port: " + std::to_string(device.port())
                                 + "\n  credential: core\n"
                                   "  connection_options: {"
                                 + plugin + ": {extras: {" + extras + "}}}\n");
    program result{{"-i", folder.path(), "--node", there.address(), "-o",
                    "--plugin", plugin, "--", "GET", "/"}};
    BOOST_TEST(result.finish() == 4, result.output());
    return result.output();
  };
  for (const auto* extra :
       {"host_key_policy: off", "known_hosts: FILE", "private_key_file: FILE",
        "agent_socket: FILE", "config_file: FILE"}) {
    std::string text{extra};
    if (auto file = text.find("FILE"); file != std::string::npos)
      text.replace(file, 4, victim);
    auto said = run("ssh", text);
    BOOST_TEST(contains(said, "is not for other processes to say"), said);
  }
  for (const auto* extra : {"verify: false", "scheme: http",
                            "token_file: /etc/hostname", "ca_file: /x"})
    BOOST_TEST(contains(run("http", extra), "is not for other processes"));
  // A host of the caller's own gets no password.
  auto elsewhere = run("ssh", "", "localhost");
  BOOST_TEST(contains(elsewhere, "is not for the host 'localhost'"), elsewhere);
  BOOST_TEST(here.devices.count().accepted == 0u);
  BOOST_TEST(read_file(victim) == "one line\n");
}

BOOST_AUTO_TEST_CASE(secrets_need_tls) {
  fixture here{2};
  here.folder.write("defaults.yaml", "username: lab\npassword: a secret\n");
  serving_process plain{"unused"};
  program refused{here.line(plain.address(), {"--", "x"})};
  BOOST_TEST(refused.finish() == 5);
  BOOST_TEST(contains(refused.error(), "the link to the node is in plain text"),
             refused.error());
  BOOST_TEST(contains(refused.error(), "'credential: NAME'"));
  BOOST_TEST(!contains(refused.error(), "a secret"));
  BOOST_TEST(here.devices.count().accepted == 0u);
  authority ca;
  auto mine = ca.issue("fleet");
  serving_process safe{"unused", tls_flags(ca.issue("node"), ca)};
  program run{here.line(safe.address(),
                        joined(tls_flags(mine, ca), {"--", "echo", "hi"}))};
  BOOST_TEST(run.finish() == 0, run.output() + run.error());
  BOOST_TEST(count(run.output(), " | ok | hi\n") == 2u);
}

BOOST_AUTO_TEST_CASE(hosts_of_a_node_that_is_lost_are_unreachable) {
  fixture here{10};
  for (size_t i = 0; i < 10; i += 2)
    here.devices.at(i).set(tieline::lab::fault::hang_in_exec);
  serving_process there{"a secret"};
  program run{here.line(there.address(), {"-f", "6", "--", "echo", "hi"})};
  // The other places are taken by those that hang.
  run.wait_for_output(" | ok | hi\n", 4);
  there.signal(SIGKILL);
  BOOST_TEST(run.finish() == 4);
  BOOST_TEST(contains(recap_of(run.output()), ", 0 failed, "), run.output());
  BOOST_TEST(!contains(recap_of(run.output()), "not done"), run.output());
  BOOST_TEST(contains(run.output(),
                      "6x the node that held the connection is gone\n"),
             run.output());
}

BOOST_AUTO_TEST_CASE(an_interrupt_leaves_the_sessions_alone) {
  fixture here{5};
  here.devices.at(0).set(tieline::lab::fault::hang_in_exec);
  serving_process there{"a secret"};
  program run{here.line(there.address(), {"--", "echo", "hi"})};
  run.wait_for_output(" | ok | hi\n", 4);
  run.signal(SIGINT);
  BOOST_TEST(run.finish() == 130);
  BOOST_TEST(contains(recap_of(run.output()), "4 ok, 0 failed, 0 unreachable, "
                                              "1 not done"),
             run.output());
  BOOST_TEST(contains(run.error(), "giving up what is under way"));
  BOOST_TEST(here.devices.count().live == 5u);
  BOOST_TEST(there.running());
}

BOOST_AUTO_TEST_CASE(each_host_has_its_time_and_explanations_come_over) {
  fixture here{3};
  here.devices.at(0).set(tieline::lab::fault::hang_in_exec);
  here.devices.at(1).set(tieline::lab::fault::hang_before_banner);
  serving_process there{"a secret"};
  program run{here.line(there.address(),
                        {"-T", "1", "--explain", "*", "--", "echo", "hi"})};
  BOOST_TEST(run.finish() == 6);
  BOOST_TEST(contains(recap_of(run.output()), "1 ok, 1 failed, 1 unreachable"),
             run.output());
  BOOST_TEST(contains(run.output(), "\n  ssh://lab-0000: open, since "),
             run.output());
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_there_is_told) {
  fixture here{2};
  program run{here.line("127.0.0.1:1", {"--", "x"})};
  BOOST_TEST(run.finish() == 1);
  BOOST_TEST(contains(run.error(), "127.0.0.1:1"), run.error());
  BOOST_TEST(run.output().empty());
}

BOOST_AUTO_TEST_CASE(a_node_of_another_version_is_told) {
  fixture here{2};
  tieline::init();
  caf::actor_system_config cfg;
  BOOST_REQUIRE(!tieline::enable_nodes(cfg, tieline::node_settings{}));
  caf::actor_system sys{cfg};
  auto manager = tieline::spawn_manager(sys);
  std::set<std::string> names = sys.message_types(manager);
  names.insert("tieline protocol 0, type ids from 1");
  uint16_t port = 0;
  caf::scoped_actor self{sys};
  tieline::compat::request(self.ptr(), sys.middleman().actor_handle(),
                           hang_limit, caf::publish_atom_v, uint16_t{0},
                           caf::actor_cast<caf::strong_actor_ptr>(manager),
                           names, std::string{"127.0.0.1"}, true)
    .receive([&](uint16_t got) { port = got; },
             [](const caf::error& x) { BOOST_ERROR(to_string(x)); });
  program run{here.line("127.0.0.1:" + std::to_string(port), {"--", "x"})};
  BOOST_TEST(run.finish() == 1);
  BOOST_TEST(contains(run.error(), "another version of tieline: there is "
                                   "tieline protocol 0"),
             run.error());
  caf::anon_send_exit(manager, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_told) {
  struct row {
    words line;
    const char* message;
  };
  const row rows[] = {
    {{"--node", "4711"}, "--node: must be HOST:PORT, not '4711'"},
    {{"--node", "::1:4711"}, "--node: must be HOST:PORT"},
    {{"--node", "core:0"}, "--node: must be HOST:PORT"},
    {{"--node", "192.0.2.1:4711"}, "links beyond loopback need TLS"},
    {{"--node", "127.0.0.1:4711", "--tieline.node.certificate=/x"},
     "tieline.node.key: TLS needs"},
  };
  fixture here{1};
  for (auto& row : rows) {
    program run{
      joined(joined({"-i", here.folder.path()}, row.line), {"--", "x"})};
    auto status = run.finish();
    BOOST_TEST_CONTEXT(row.message << " in: " << run.error()) {
      BOOST_TEST(status == 5);
      BOOST_TEST(contains(run.error(), row.message));
      BOOST_TEST(run.output().empty());
    }
  }
  program lab{{"--lab", "2", "--node", "127.0.0.1:1", "--", "x"}};
  BOOST_TEST(lab.finish() == 5);
  BOOST_TEST(contains(lab.error(), "leave --node out"));
}

BOOST_AUTO_TEST_SUITE_END()
