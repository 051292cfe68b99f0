#include "support/text.hpp"

#include "tieline/lab/clients/test_client.hpp"
#include "tieline/lab/fault_plan.hpp"
#include "tieline/lab/inventory.hpp"
#include "tieline/lab/lab.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace tieline::lab;
using test::client;
using tieline::test::contains;

namespace fs = std::filesystem;

namespace {

/// A folder that is gone afterwards.
struct scratch {
  fs::path path;
  scratch() {
    auto text = (fs::temp_directory_path() / "lab.XXXXXX").string();
    path = mkdtemp(text.data());
  }
  ~scratch() {
    fs::remove_all(path);
  }

  std::string read(const char* name) const {
    std::ostringstream result;
    result << std::ifstream{path / name}.rdbuf();
    return result.str();
  }
};

/// The lab program, running.
struct program {
  pid_t pid = -1;
  FILE* out = nullptr;

  explicit program(std::vector<std::string> args) {
    int ends[2];
    BOOST_REQUIRE_EQUAL(pipe2(ends, O_CLOEXEC), 0);
    args.insert(args.begin(), LAB_PROGRAM);
    std::vector<char*> argv;
    for (auto& a : args)
      argv.push_back(a.data());
    argv.push_back(nullptr);
    pid = fork();
    if (pid == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    out = fdopen(ends[0], "r");
  }
  ~program() {
    fclose(out);
  }

  std::string line() {
    char text[4096] = "";
    return fgets(text, sizeof(text), out) ? text : "";
  }

  int exit_code() {
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(lab_program_test)

BOOST_AUTO_TEST_SUITE(program_and_inventory)

BOOST_AUTO_TEST_CASE(the_inventory_names_every_device_and_its_host_key) {
  scratch folder;
  options o;
  o.devices = 3;
  o.password = "quote\" back\\slash\ttab";
  server s{o};
  write_inventory(s, folder.path / "new");
  auto hosts = folder.read("new/hosts.yaml");
  auto keys = folder.read("new/known_hosts");
  for (std::size_t i = 0; i < 3; ++i) {
    auto d = s.at(i);
    BOOST_CHECK(contains(hosts, d.name() + ":\n  hostname: 127.0.0.1\n  port: "
                                  + std::to_string(d.port()) + "\n"));
    BOOST_CHECK(contains(keys, d.host_key_line() + "\n"));
  }
  auto known_hosts = (folder.path / "new/known_hosts").string();
  BOOST_CHECK(contains(folder.read("new/groups.yaml"),
                       "known_hosts: \"" + known_hosts + "\""));
  BOOST_CHECK(contains(folder.read("new/defaults.yaml"),
                       R"(password: "quote\" back\\slash\x09tab")"));
  struct stat about {};
  stat((folder.path / "new/defaults.yaml").c_str(), &about);
  BOOST_CHECK_EQUAL(about.st_mode & 0777, 0600);
}

BOOST_AUTO_TEST_CASE(planned_faults_hit_their_share_of_the_devices) {
  options o;
  o.devices = 20;
  server s{o};
  stage(s, {parse_fault("refuse:25%"), parse_fault("close-at-once:0.1")});
  auto refused = 0, closed = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    auto fd = test::tcp_connect(s.at(i), 1000);
    int why = -1;
    if (fd < 0)
      ++refused;
    else if (test::tcp_read(fd, 50, why).empty() && why == 0)
      ++closed;
    if (fd >= 0)
      close(fd);
  }
  BOOST_CHECK_EQUAL(refused, 5);
  BOOST_CHECK_EQUAL(closed, 2);
  auto f = parse_fault("slow-login=500");
  BOOST_CHECK(f.fault.what == fault::slow_login && f.fault.amount == 500
              && f.share == 1);
}

BOOST_DATA_TEST_CASE(a_fault_that_is_none_is_an_error,
                     boost::unit_test::data::make({
                       "",
                       "typo",
                       "typo:0.1",
                       "refuse:",
                       "refuse:2",
                       "refuse:101%",
                       "refuse:-1",
                       "refuse:%",
                       "refuse:.",
                       "slow-login=:1",
                       "slow-login=x",
                       "slow-login=-1",
                     })) {
  BOOST_CHECK_THROW(parse_fault(sample), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_program_serves_until_it_is_told_to_stop) {
  scratch folder;
  setenv("LAB_PASSWORD", "other", 1);
  program p{{"--devices", "2", "--layout", "addresses", "--address",
             "127.2.0.1", "--inventory", folder.path.string()}};
  unsetenv("LAB_PASSWORD");
  auto said = p.line();
  BOOST_REQUIRE(contains(said, "serving 2 devices on 127.2.0.1:"));
  auto port = std::stoi(said.substr(said.rfind(':') + 1));
  auto session = ssh_new();
  ssh_options_set(session, SSH_OPTIONS_HOST, "127.2.0.2");
  ssh_options_set(session, SSH_OPTIONS_PORT, &port);
  ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS,
                  (folder.path / "known_hosts").c_str());
  BOOST_REQUIRE_EQUAL(ssh_connect(session), SSH_OK);
  BOOST_CHECK_EQUAL(ssh_session_is_known_server(session), SSH_KNOWN_HOSTS_OK);
  BOOST_CHECK_EQUAL(ssh_userauth_password(session, "lab", "lab"),
                    SSH_AUTH_DENIED);
  BOOST_CHECK_EQUAL(ssh_userauth_password(session, "lab", "other"),
                    SSH_AUTH_SUCCESS);
  kill(p.pid, SIGTERM);
  BOOST_CHECK_EQUAL(p.line(), "served 1 connections (1 at once), 1 logins, "
                              "1 rejected, 0 commands\n");
  BOOST_CHECK_EQUAL(p.exit_code(), 0);
  ssh_free(session);
}

BOOST_AUTO_TEST_CASE(usage_errors_exit_with_5) {
  using args = std::vector<std::string>;
  for (auto& a : {args{"--devices", "1", "--typo"}, args{"three"},
                  args{"--devices", "many"}, args{"--devices", "0"},
                  args{"--devices", "1", "--layout", "rows"},
                  args{"--devices", "1", "--fault", "typo:1"},
                  args{"--devices", "1", "--address", "nowhere"}}) {
    program p{a};
    BOOST_CHECK(!p.line().empty());
    BOOST_CHECK_EQUAL(p.exit_code(), 5);
  }
  BOOST_CHECK_EQUAL(program{{"--help"}}.exit_code(), 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
