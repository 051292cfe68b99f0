#include "ssh/ssh_fixture.hpp"
#include "support/text.hpp"

#include <tieline/transports/ssh/ssh.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>

using namespace tieline;
using namespace tieline::test;

namespace {

struct fixture {
  ssh_fixture ssh;
  ssh_client client;

  auto open(const std::string& policy = "strict") {
    auto params = ssh.with_key();
    params.extras["host_key_policy"] = policy;
    return client.open(params);
  }

  const std::string& fingerprint() {
    return ssh.server.host_key().fingerprint;
  }

  std::string line_for(const key_files& key) {
    return known_hosts_line(ssh.server.address(), ssh.server.port(), key);
  }

  /// Says that the host had another key of this type before.
  key_files remember_other(const std::string& type) {
    auto result = make_key(ssh.dir, "other_" + type, type);
    write_file(ssh.known_hosts, line_for(result));
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(host_key_test)

BOOST_FIXTURE_TEST_SUITE(host_keys, fixture)

BOOST_AUTO_TEST_CASE(strict_takes_a_known_key) {
  BOOST_TEST(brief(open()) == "ok");
}

BOOST_AUTO_TEST_CASE(strict_is_the_default) {
  write_file(ssh.known_hosts, "");
  BOOST_TEST(brief(client.open(ssh.with_key()))
             == "host_key_unknown (host key)");
}

BOOST_AUTO_TEST_CASE(a_factory_takes_the_policy_of_the_systems_config) {
  write_file(ssh.known_hosts, "");
  struct config : caf::actor_system_config {
    config() {
      caf::put(content, "tieline.ssh.host-key-policy", "off");
    }
  } cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  auto factory = spawn_ssh_factory(sys);
  auto made = take<std::optional<transport_actor>>(compat::request(
    self.ptr(), factory, hang_limit, make_atom_v, connection_key{"r1", "ssh"}));
  BOOST_REQUIRE(made);
  BOOST_REQUIRE(*made);
  auto opened = take<session_traits>(compat::request(
    self.ptr(), **made, hang_limit, caf::open_atom_v, ssh.with_key()));
  BOOST_TEST(brief(opened) == "ok");
  caf::anon_send_exit(**made, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(factory, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(strict_refuses_an_unknown_key_and_shows_it) {
  write_file(ssh.known_hosts, "");
  auto session = open();
  BOOST_TEST(brief(session) == "host_key_unknown (host key)");
  BOOST_TEST(contains(cause_of(session), fingerprint()));
  BOOST_TEST(read_file(ssh.known_hosts) == "");
}

BOOST_AUTO_TEST_CASE(a_missing_file_knows_nobody) {
  std::filesystem::remove(ssh.known_hosts);
  BOOST_TEST(brief(open()) == "host_key_unknown (host key)");
}

BOOST_AUTO_TEST_CASE(hashed_names_are_found) {
  hash_known_hosts(ssh.known_hosts);
  BOOST_TEST(!contains(read_file(ssh.known_hosts), ssh.server.address()));
  BOOST_TEST(brief(open()) == "ok");
}

BOOST_AUTO_TEST_CASE(the_key_of_the_bare_name_is_good_for_a_port) {
  auto line = [this](uint16_t port, const key_files& key) {
    return known_hosts_line(ssh.server.address(), port, key);
  };
  write_file(ssh.known_hosts, line(22, ssh.server.host_key()));
  BOOST_TEST(brief(open()) == "ok");
  // Another one there says nothing of the port.
  auto other = make_key(ssh.dir, "other");
  write_file(ssh.known_hosts, line(22, other));
  BOOST_TEST(brief(open()) == "host_key_unknown (host key)");
  BOOST_TEST(brief(open("accept_new")) == "ok");
  BOOST_TEST(read_file(ssh.known_hosts)
             == line(22, other)
                  + line(ssh.server.port(), ssh.server.host_key()));
  // An entry for the port is what counts.
  write_file(ssh.known_hosts,
             line(22, ssh.server.host_key()) + line(ssh.server.port(), other));
  BOOST_TEST(brief(open()) == "host_key_changed (host key)");
}

BOOST_AUTO_TEST_CASE(several_files_are_read_and_the_first_is_written_to) {
  auto first = ssh.dir / "first";
  auto second = ssh.dir.write("second", read_file(ssh.known_hosts));
  auto params = ssh.with_key();
  params.extras["known_hosts"] = first + ", " + second;
  BOOST_TEST(brief(client.open(params)) == "ok");
  params.extras["known_hosts"] = first;
  params.extras["global_known_hosts"] = second + "," + (ssh.dir / "none");
  BOOST_TEST(brief(client.open(params)) == "ok");
  params.extras.erase("global_known_hosts");
  params.extras["known_hosts"] = first + "," + ssh.dir.write("third", "");
  params.extras["host_key_policy"] = "accept_new";
  BOOST_TEST(brief(client.open(params)) == "ok");
  BOOST_TEST(contains(read_file(first), ssh.server.host_key().public_key));
  BOOST_TEST(read_file(ssh.dir / "third") == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_does_not_exist_is_said) {
  auto none = ssh.dir / "none";
  auto params = ssh.with_key();
  params.extras["known_hosts"] = none;
  auto session = client.open(params);
  BOOST_TEST(brief(session) == "host_key_unknown (host key)");
  BOOST_TEST(contains(cause_of(session), none + " (which does not exist)"));
}

BOOST_AUTO_TEST_CASE(a_host_with_an_authority_is_told_so_and_never_added) {
  auto text = "@cert-authority " + line_for(make_key(ssh.dir, "authority"));
  write_file(ssh.known_hosts, text);
  for (auto policy : {"strict", "accept_new"}) {
    BOOST_TEST_CONTEXT(policy) {
      auto session = open(policy);
      BOOST_TEST(brief(session) == "host_key_unknown (host key)");
      BOOST_TEST(contains(cause_of(session), "certificate authority ("
                                               + ssh.known_hosts + " line 1)"));
    }
  }
  BOOST_TEST(read_file(ssh.known_hosts) == text);
  write_file(ssh.known_hosts, text + line_for(ssh.server.host_key()));
  BOOST_TEST(brief(open()) == "ok");
}

BOOST_AUTO_TEST_CASE(comments_and_other_hosts_are_passed_over) {
  auto other = make_key(ssh.dir, "other");
  write_file(ssh.known_hosts,
             "# comment\n\nnot a line\n[192.0.2.1]:22 " + other.public_key
               + "\n[a.example]:1,[" + ssh.server.address()
               + "]:" + std::to_string(ssh.server.port()) + " "
               + ssh.server.host_key().public_key + " a comment\n");
  BOOST_TEST(brief(open()) == "ok");
}

BOOST_AUTO_TEST_CASE(accept_new_stores_a_new_key_and_verifies_it_then) {
  std::filesystem::remove(ssh.known_hosts);
  BOOST_TEST(brief(open("accept_new")) == "ok");
  BOOST_TEST(
    contains(read_file(ssh.known_hosts), ssh.server.host_key().public_key));
  BOOST_TEST(brief(open()) == "ok");
}

BOOST_AUTO_TEST_CASE(accept_new_stores_a_key_once_however_many_come) {
  write_file(ssh.known_hosts, "");
  auto params = ssh.with_key();
  params.extras["host_key_policy"] = "accept_new";
  std::vector<transport_actor> sessions;
  for (int i = 0; i < 10; ++i)
    sessions.push_back(client.make());
  std::vector<decltype(client.start_open(sessions[0], params))> opens;
  for (auto& session : sessions)
    opens.push_back(client.start_open(session, params));
  for (auto& opened : opens)
    BOOST_TEST(brief(take<session_traits>(std::move(opened))) == "ok");
  auto stored = read_file(ssh.known_hosts);
  BOOST_TEST(std::count(stored.begin(), stored.end(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(accept_new_makes_the_folder_of_the_file) {
  auto params = ssh.with_key();
  params.extras["host_key_policy"] = "accept_new";
  params.extras["known_hosts"] = ssh.dir / ".ssh/known_hosts";
  BOOST_TEST(brief(client.open(params)) == "ok");
  BOOST_TEST(contains(read_file(ssh.dir / ".ssh/known_hosts"),
                      ssh.server.host_key().public_key));
}

BOOST_AUTO_TEST_CASE(openssh_reads_what_accept_new_stored) {
  std::filesystem::remove(ssh.known_hosts);
  BOOST_TEST(brief(open("accept_new")) == "ok");
  auto found = run(
    {"ssh-keygen", "-l", "-f", ssh.known_hosts, "-F",
     "[" + ssh.server.address() + "]:" + std::to_string(ssh.server.port())});
  BOOST_TEST(found.status == 0);
  BOOST_TEST(contains(found.output, fingerprint()));
}

BOOST_AUTO_TEST_CASE(accept_new_that_cannot_store_refuses) {
  auto params = ssh.with_key();
  params.extras["host_key_policy"] = "accept_new";
  params.extras["known_hosts"] = ssh.dir / "no/such/folder/known_hosts";
  auto session = client.open(params);
  // A key that will be forgotten would be taken anew from anyone next time.
  BOOST_TEST(brief(session) == "invalid_params (host key)");
  BOOST_TEST(contains(cause_of(session), "known_hosts"));
}

BOOST_AUTO_TEST_CASE(a_changed_key_is_refused_and_both_are_shown) {
  auto before = remember_other("ed25519");
  for (auto policy : {"strict", "accept_new"}) {
    BOOST_TEST_CONTEXT(policy) {
      auto session = open(policy);
      BOOST_TEST(brief(session) == "host_key_changed (host key)");
      BOOST_TEST(contains(cause_of(session), before.fingerprint));
      BOOST_TEST(contains(cause_of(session), fingerprint()));
    }
  }
  BOOST_TEST(read_file(ssh.known_hosts) == line_for(before));
}

BOOST_AUTO_TEST_CASE(a_key_of_another_type_than_the_known_one_is_a_change) {
  remember_other("ecdsa");
  for (auto policy : {"strict", "accept_new"})
    BOOST_TEST(brief(open(policy)) == "host_key_changed (host key)");
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_refused) {
  write_file(ssh.known_hosts, line_for(ssh.server.host_key()) + "@revoked "
                                + line_for(ssh.server.host_key()));
  BOOST_TEST(brief(open()) == "host_key_changed (host key)");
}

BOOST_AUTO_TEST_CASE(off_takes_any_key_and_stores_none) {
  auto before = remember_other("ed25519");
  BOOST_TEST(brief(open("off")) == "ok");
  BOOST_TEST(read_file(ssh.known_hosts) == line_for(before));
}

BOOST_AUTO_TEST_CASE(an_unknown_policy_is_an_error) {
  BOOST_TEST(contains(brief(open("no")), "invalid_params"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_server_is_asked_for_the_key_that_is_known) {
  openssh_options options;
  options.host_key_types = {"ed25519", "ecdsa", "rsa"};
  ssh_fixture fixture{options};
  ssh_client client;
  for (auto& type : options.host_key_types) {
    BOOST_TEST_CONTEXT(type) {
      write_file(fixture.known_hosts,
                 known_hosts_line(fixture.server.address(),
                                  fixture.server.port(),
                                  fixture.server.host_key(type)));
      BOOST_TEST(brief(client.open(fixture.with_key())) == "ok");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
