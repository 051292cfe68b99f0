// Sessions to which files of ssh_config(5) apply, with a real sshd.

#include "ssh/ssh_manager.hpp"
#include "support/ssh_agent.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

struct configured_host : ssh_fixture {
  explicit configured_host(openssh_options options = {})
    : ssh_fixture(std::move(options)) {
    write(way());
  }

  /// What leads to the server and checks its key.
  std::string way() const {
    return "Host r1\n  HostName " + server.address() + "\n  Port "
           + std::to_string(server.port()) + "\n  User " + server.login()
           + "\n  UserKnownHostsFile " + known_hosts + "\n";
  }

  void write(const std::string& text) {
    file = dir.write("config", text);
  }

  /// Returns params that have a name and nothing else.
  connection_params bare() const {
    connection_params result;
    result.hostname = "r1";
    result.extras["config_file"] = file;
    return result;
  }

  std::string file;
};

std::string id_file(const key_files& key) {
  return "  IdentityFile " + key.path + '\n';
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(a_change_of_the_file_applies_to_the_next_opening) {
  configured_host host;
  ssh_client client;
  host.write(host.way() + "  IdentityFile /none\n");
  BOOST_TEST(brief(client.open(host.bare()))
             == "invalid_params (authentication)");
  host.write(host.way() + id_file(host.key));
  auto session = required(client.open(host.bare()));
  host.write("Host r1\n  Port x\n");
  // The open session has nothing to do with the file any more.
  BOOST_TEST(brief(client.execute(session, command("true"))) == "ok");
  auto failed = client.open(host.bare());
  BOOST_TEST(brief(failed) == "invalid_params (open)");
  BOOST_TEST(cause_of(failed).find(host.file + ":2: Port: ") == 0u,
             cause_of(failed));
  std::remove(host.file.c_str());
  BOOST_TEST(cause_of(client.open(host.bare()))
             == host.file + " cannot be read: No such file or directory");
}

BOOST_AUTO_TEST_CASE(commands_of_match_exec_run_only_where_that_is_allowed) {
  configured_host host;
  ssh_client client;
  auto mark = host.dir / "mark";
  host.write("Match exec \"echo %n >> " + mark + "\"\n" + id_file(host.key)
             + host.way() + "  IdentityFile none\n");
  auto params = host.bare();
  BOOST_TEST(brief(client.open(params)) != "ok");
  BOOST_CHECK_THROW(read_file(mark), std::exception);
  params.extras["config_exec"] = "true";
  BOOST_TEST(brief(client.open(params)) == "ok");
  BOOST_TEST(read_file(mark) == "r1\n");
}

BOOST_AUTO_TEST_CASE(a_session_comes_from_the_address_that_the_file_binds) {
  configured_host host;
  ssh_client client;
  host.write(host.way() + id_file(host.key)
             + "  BindAddress 127.0.0.9\n  AddressFamily inet\n");
  auto session = required(client.open(host.bare()));
  auto from
    = required(client.execute(session, command("echo $SSH_CONNECTION")));
  BOOST_TEST(from.output.find("127.0.0.9 ") == 0u, from.output);
  host.write(host.way() + id_file(host.key) + "  AddressFamily inet6\n");
  auto failed = client.open(host.bare());
  BOOST_TEST(brief(failed) == "unreachable (resolve)");
  BOOST_TEST(cause_of(failed)
             == "no address of the host is of the family inet6");
}

BOOST_AUTO_TEST_CASE(a_certificate_that_the_file_names_logs_in) {
  temp_dir authority;
  auto ca = make_key(authority, "ca");
  configured_host host{configured({{"TrustedUserCAKeys", ca.path + ".pub"}})};
  // Nobody has authorized this key, only signed it.
  auto key = make_key(host.dir, "signed");
  run_checked({"/usr/bin/ssh-keygen", "-q", "-s", ca.path, "-I", "test", "-n",
               host.server.login(), key.path + ".pub"});
  auto certificate = host.dir.write("elsewhere-cert.pub",
                                    read_file(key.path + "-cert.pub"));
  std::remove((key.path + "-cert.pub").c_str());
  ssh_client client;
  host.write(host.way() + id_file(key));
  BOOST_TEST(brief(client.open(host.bare())) == "auth_failed (authentication)");
  host.write(host.way() + id_file(key) + "  CertificateFile " + host.key.path
             + "-cert.pub\n  CertificateFile " + certificate + "\n");
  BOOST_TEST(brief(client.open(host.bare())) == "ok");
}

BOOST_AUTO_TEST_CASE(an_agent_that_the_file_names_logs_in) {
  configured_host host;
  ssh_agent agent;
  agent.add(host.key);
  ssh_client client;
  host.write(host.way() + "  IdentityFile none\n  IdentityAgent "
             + agent.socket() + "\n");
  BOOST_TEST(brief(client.open(host.bare())) == "ok");
}

BOOST_AUTO_TEST_CASE(of_an_agent_only_the_keys_of_the_file_may_be_asked_for) {
  configured_host host;
  ssh_agent agent;
  agent.add(host.key);
  auto other = make_key(host.dir, "other");
  // Only the public half is here; the agent has the rest.
  auto here = host.dir.write("here", "-----BEGIN NOTHING-----\n");
  ssh_client client;
  auto way = host.way() + "  IdentitiesOnly yes\n  IdentityAgent "
             + agent.socket() + "\n  IdentityFile ";
  host.write(way + other.path + "\n");
  BOOST_TEST(brief(client.open(host.bare())) == "auth_failed (authentication)");
  host.write(way + here + "\n");
  BOOST_TEST(brief(client.open(host.bare())) != "ok");
  host.dir.write("here.pub", read_file(host.key.path + ".pub"));
  BOOST_TEST(brief(client.open(host.bare())) == "ok");
  // The file may be the public half itself.
  host.write(way + host.dir.write("half", read_file(host.key.path + ".pub"))
             + "\n");
  BOOST_TEST(brief(client.open(host.bare())) == "ok");
}

BOOST_AUTO_TEST_CASE(without_a_file_a_name_is_only_a_name) {
  configured_host host;
  ssh_client client;
  auto params = host.bare();
  params.extras.clear();
  BOOST_TEST(brief(client.open(params)) == "invalid_params (open)");
  // Nor does the user's own file count unless it is named.
  params.username = host.server.login();
  BOOST_TEST(brief(client.open(params)) == "resolve_failed (resolve)");
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_an_event_once_for_each_change) {
  configured_host host;
  host.write(host.way() + id_file(host.key) + "  ForwardAgent yes\n");
  ssh_manager manager;
  event_log events{manager};
  auto told = [&events] { return events.details(event_kind::notice); };
  auto not_supported = [&host](const char* what) {
    return host.file + ": not supported: " + what;
  };
  // Not lost with an opening that fails.
  auto nobody = host.bare();
  nobody.username = "nobody-here";
  BOOST_TEST(!manager.open(nobody));
  BOOST_TEST(told().empty());
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(!!manager.open(host.bare()));
    required(manager.query<bool>(caf::close_atom_v, ssh_manager::key_of(0)));
  }
  BOOST_TEST_REQUIRE(
    eventually([&] { return events.count(event_kind::closed) >= 2; }));
  BOOST_TEST_REQUIRE(told().size() == 1u);
  BOOST_TEST(told()[0] == not_supported("ForwardAgent (line 7)"));
  host.write(host.way() + id_file(host.key)
             + "  SendEnv LANG\n  Ciphers +aes128-ctr,3des-cbc\n  MACs "
               "+hmac-md5\n");
  BOOST_TEST(!!manager.open(host.bare()));
  BOOST_TEST_REQUIRE(eventually([&] { return told().size() >= 3; }));
  BOOST_TEST(told()[1] == not_supported("SendEnv (line 7)"));
  BOOST_TEST(told()[2]
             == host.file + ":9: MACs: hmac-md5 is not available here");
}

BOOST_AUTO_TEST_CASE(explain_tells_which_lines_have_set_values) {
  configured_host host;
  host.write(host.way() + id_file(host.key));
  ssh_manager manager;
  BOOST_TEST(!!manager.open(host.bare()));
  auto told = manager.explain();
  BOOST_TEST_REQUIRE(!told.configured.empty());
  BOOST_TEST(told.configured[0]
             == "HostName " + host.server.address() + " (" + host.file + ":2)");
  BOOST_TEST(describe(told).find("\n  User " + host.server.login() + " ("
                                 + host.file + ":4)\n")
               != std::string::npos,
             describe(told));
}

BOOST_AUTO_TEST_CASE(old_algorithms_that_were_needed_are_an_event) {
  auto how = configured({{"KexAlgorithms", "diffie-hellman-group14-sha1"}});
  ssh_fixture host{how};
  ssh_manager manager;
  event_log events{manager};
  auto params = host.with_key();
  params.extras["legacy"] = "true";
  BOOST_TEST(!!manager.open(params));
  BOOST_TEST_REQUIRE(
    eventually([&] { return events.count(event_kind::notice) == 1; }));
  BOOST_TEST(events.details(event_kind::notice)[0]
             == "needs the option legacy: diffie-hellman-group14-sha1");
}

BOOST_AUTO_TEST_SUITE_END()
