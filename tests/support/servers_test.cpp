#include "support/dropbear_server.hpp"
#include "support/eventually.hpp"
#include "support/fault_listener.hpp"
#include "support/leak_check.hpp"
#include "support/openssh_server.hpp"
#include "support/ssh_agent.hpp"
#include "support/text.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace tieline::test;

namespace {

/// OpenSSH's client, as a judge that is not ours.
class ssh_command {
public:
  template <class Server>
  ssh_command(const Server& server, std::string methods)
    : ssh_command(server, std::move(methods), server.login()) {
    // nop
  }

  template <class Server>
  ssh_command(const Server& server, std::string methods, std::string user)
    : words_{"env",
             "SSH_ASKPASS_REQUIRE=force",
             "SSH_ASKPASS=" + dir_ / "askpass",
             "ssh",
             "-F",
             "none",
             "-p",
             std::to_string(server.port()),
             "-l",
             std::move(user),
             "-o",
             "UserKnownHostsFile="
               + dir_.write("known_hosts", server.known_hosts()),
             "-o",
             "GlobalKnownHostsFile=none",
             "-o",
             "StrictHostKeyChecking=yes",
             "-o",
             "IdentitiesOnly=yes",
             "-o",
             "NumberOfPasswordPrompts=1",
             "-o",
             "PreferredAuthentications=" + std::move(methods)},
      address_(server.address()) {
    answers("");
  }

  ssh_command& answers(const std::string& secret) {
    auto file = dir_.write("askpass", "#!/bin/sh\necho '" + secret + "'\n");
    run_checked({"chmod", "700", file});
    return *this;
  }

  ssh_command& with(std::vector<std::string> arguments) {
    words_.insert(words_.end(), arguments.begin(), arguments.end());
    return *this;
  }

  outcome execute(const std::string& command) const {
    auto words = words_;
    words.push_back(address_);
    words.push_back(command);
    return run(words);
  }

private:
  temp_dir dir_;
  std::vector<std::string> words_;
  std::string address_;
};

std::string client_says(uint16_t port, const std::string& limit = "5") {
  return run({"ssh", "-F", "none", "-p", std::to_string(port), "-o",
              "ConnectTimeout=" + limit, "-o", "BatchMode=yes", "127.0.0.1",
              "true"})
    .output;
}

struct named_fault {
  const char* name;
  fault_script script;
  std::string client_says;
};

std::ostream& operator<<(std::ostream& out, const named_fault& x) {
  return out << x.name;
}

// Without one that drips: OpenSSH 10 waits for it as long as bytes come.
const named_fault faults[] = {
  {"silent", {}, "timed out during banner exchange"},
  // Closed or reset: it depends on whether the client has written by then.
  {"closes at once",
   {"", 0, {}, false, fault_script::ending::close},
   " by 127.0.0.1 port"},
  {"resets",
   {"", 0, {}, false, fault_script::ending::reset},
   "Connection reset by"},
  {"old protocol", {"SSH-1.5-old\r\n"}, "major versions differ"},
  {"endless lines",
   {many("hello\r\n", 3500), 0, {}, true},
   "No SSH version received"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(servers_test)

BOOST_AUTO_TEST_CASE(openssh_takes_an_authorized_key_and_no_other) {
  openssh_server server;
  temp_dir dir;
  auto plain = make_key(dir, "plain");
  auto locked = make_key(dir, "locked", "ecdsa", "open sesame");
  server.authorize(plain);
  server.authorize(locked);
  auto ssh = [&](const key_files& key, const std::string& passphrase) {
    return ssh_command{server, "publickey"}
      .answers(passphrase)
      .with({"-i", key.path})
      .execute("id -un");
  };
  BOOST_TEST(ssh(plain, "").output == server.login() + "\n");
  BOOST_TEST(ssh(locked, "open sesame").output == server.login() + "\n");
  BOOST_TEST(ssh(locked, "wrong").status == 255);
  BOOST_TEST(ssh(make_key(dir, "stranger"), "").status == 255);
}

BOOST_AUTO_TEST_CASE(openssh_takes_the_password_of_the_test_user) {
  openssh_server server;
  ssh_command ssh{server, "password"};
  BOOST_TEST(ssh.answers(server.password()).execute("echo $HOME").status == 0);
  auto refused = ssh.answers("wrong").execute("true");
  BOOST_TEST(contains(refused.output, "Permission denied"));
}

BOOST_AUTO_TEST_CASE(openssh_asks_for_the_password_interactively) {
  openssh_server server{{"127.0.0.1",
                         {"ed25519"},
                         {{"UsePAM", "yes"},
                          {"PasswordAuthentication", "no"},
                          {"KbdInteractiveAuthentication", "yes"}},
                         {}}};
  ssh_command ssh{server, "keyboard-interactive"};
  BOOST_TEST(ssh.answers(server.password()).execute("true").status == 0);
  BOOST_TEST(ssh.answers("wrong").execute("true").status == 255);
}

BOOST_AUTO_TEST_CASE(openssh_lets_the_guest_in_without_anything) {
  openssh_server server{
    {"127.0.0.1", {"ed25519"}, {{"PermitEmptyPasswords", "yes"}}, {}}};
  ssh_command guest{server, "none", server.guest()};
  BOOST_TEST(guest.execute("true").status == 0);
  BOOST_TEST(ssh_command(server, "none").execute("true").status == 255);
}

BOOST_AUTO_TEST_CASE(dropbear_takes_a_password_or_a_key) {
  dropbear_server server;
  BOOST_TEST(ssh_command(server, "password")
               .answers(server.password())
               .execute("id -un")
               .output
             == server.login() + "\n");
  temp_dir dir;
  auto key = make_key(dir, "key");
  server.authorize(key);
  BOOST_TEST(ssh_command(server, "publickey")
               .with({"-i", key.path})
               .execute("id -un")
               .output
             == server.login() + "\n");
}

BOOST_AUTO_TEST_CASE(the_agent_signs_and_the_broken_ones_do_not) {
  openssh_server server;
  temp_dir dir;
  auto key = make_key(dir, "key");
  server.authorize(key);
  ssh_agent agent;
  agent.add(key);
  auto login_through = [&](const std::string& socket) {
    return ssh_command{server, "publickey"}
      .with({"-o", "IdentityAgent=" + socket, "-o",
             "IdentityFile=" + key.path + ".pub"})
      .execute("true");
  };
  BOOST_TEST(login_through(agent.socket()).status == 0);
  broken_agent dying{broken_agent::fault::dies_before_signing, agent};
  BOOST_TEST(contains(login_through(dying.socket()).output,
                      "communication with agent failed"));
  broken_agent mute{broken_agent::fault::mute, agent};
  auto silence = run(
    {"env", "SSH_AUTH_SOCK=" + mute.socket(), "timeout", "1", "ssh-add", "-l"});
  BOOST_TEST(silence.status == 124);
}

BOOST_AUTO_TEST_CASE(killing_the_session_processes_ends_the_session) {
  openssh_server server;
  temp_dir dir;
  auto key = make_key(dir, "key");
  server.authorize(key);
  child_process client{
    {"ssh", "-F", "none", "-i", key.path, "-o", "StrictHostKeyChecking=no",
     "-o", "UserKnownHostsFile=/dev/null", "-p", std::to_string(server.port()),
     "-l", server.login(), "127.0.0.1", "echo up; sleep 60"},
    dir / "client"};
  BOOST_REQUIRE(eventually([&] {
    return read_file(dir / "client").find("up\n") != std::string::npos;
  }));
  BOOST_TEST(!server.session_processes().empty());
  server.signal_sessions(SIGKILL);
  BOOST_TEST(eventually([&] { return !client.running(); }));
  BOOST_TEST(eventually([&] { return server.session_processes().empty(); }));
}

BOOST_AUTO_TEST_CASE(a_server_leaves_nothing_behind) {
  leak_check leaks;
  pid_t before = 0;
  {
    openssh_server server;
    before = static_cast<pid_t>(descendants_of(getpid()).size());
    BOOST_TEST(before == 1);
  }
  BOOST_TEST(descendants_of(getpid()).empty());
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_DATA_TEST_CASE(the_reference_client_meets_the_fault, faults, fault) {
  leak_check leaks;
  {
    fault_listener listener{fault.script};
    BOOST_TEST(contains(client_says(listener.port(), "1"), fault.client_says));
  }
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(a_refused_port_refuses_and_a_black_hole_says_nothing) {
  refused_port refused;
  BOOST_TEST(contains(client_says(refused.port()), "Connection refused"));
  black_hole hole;
  BOOST_TEST(contains(client_says(hole.port(), "1"), "Connection timed out"));
}

BOOST_AUTO_TEST_CASE(a_leak_is_named) {
  leak_check leaks;
  owned_fd held = bind_loopback();
  auto now = leak_check{};
  BOOST_TEST(now.leaked() == "");
  BOOST_TEST(contains(leaks.leaked(std::chrono::milliseconds{0}), "socket:"));
}

BOOST_AUTO_TEST_SUITE_END()
