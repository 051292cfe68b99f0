
#include "fleet/program.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

#include <tieline/lab/inventory.hpp>
#include <tieline/lab/lab.hpp>
#include <tieline/messages/support/base64.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

// Where a secret of fleet must not show, whatever becomes of the run.

using namespace fleet_test;
using tieline::test::contains;
using tieline::test::temp_dir;

namespace {

using words = std::vector<std::string>;

/// The forms of a secret that tell it.
words forms_of(const std::string& secret) {
  words result{secret, secret.substr(0, secret.size() / 2),
               secret.substr(secret.size() / 2)};
  // Whatever bytes are before it in base64, one of these is in there.
  for (size_t skipped = 0; skipped < 3; ++skipped) {
    auto text = tieline::to_base64(secret.substr(skipped));
    result.push_back(text.substr(0, (secret.size() - skipped) / 3 * 4));
  }
  return result;
}

struct fixture {
  explicit fixture(bool restconf = false)
    : devices([&] {
        tieline::lab::options how;
        how.devices = 3;
        how.password = password;
        how.restconf.enabled = restconf;
        return how;
      }()) {
    write_inventory(devices, folder.path());
  }

  /// Runs fleet and looks through all that it leaves.
  int run(words arguments, const words& environment = {}) {
    words all{"-i",
              folder.path(),
              "--caf.logger.file.path=" + logs / "log",
              "--caf.logger.file.verbosity=trace",
              "--status",
              "--explain",
              "*",
              "-v"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    program process{all, environment};
    auto status = process.finish();
    check("the output", process.output());
    check("the errors", process.error());
    for (const auto& x : std::filesystem::directory_iterator{logs.path()}) {
      check("a log", tieline::test::read_file(x.path()));
      check("a file's name", x.path());
    }
    output = process.output();
    return status;
  }

  void check(const char* where, const std::string& text) {
    for (const auto* secret : {&password, &wrong, &enable})
      for (const auto& form : forms_of(*secret))
        BOOST_TEST(!contains(text, form), where << " has " << form);
  }

  std::string password = "Xq7mark-of-the-password-Vw9";
  std::string wrong = "Zk4mark-of-a-wrong-one-Hj2";
  std::string enable = "Pt6mark-of-the-enable-secret-Lm3";
  temp_dir folder;
  temp_dir logs;
  tieline::lab::server devices;
  std::string output;
};

const words formats[] = {{}, {"-o"}, {"-b"}, {"--json"}};

} // namespace

BOOST_AUTO_TEST_SUITE(secrets_test)

BOOST_AUTO_TEST_CASE(a_password_of_an_inventory_shows_nowhere) {
  fixture here{true};
  for (auto format : formats) {
    auto with = [&format](const words& more) {
      auto result = format;
      result.insert(result.end(), more.begin(), more.end());
      return result;
    };
    BOOST_TEST(here.run(with({"--", "echo", "hi"})) == 0, here.output);
    BOOST_TEST(here.run(with(
                 {"--plugin", "netconf", "--", "get-config", "source=running"}))
                 == 0,
               here.output);
    BOOST_TEST(
      here.run(with({"--plugin", "http", "--", "GET", "/restconf/data"})) == 0,
      here.output);
  }
}

BOOST_AUTO_TEST_CASE(a_password_that_is_refused_shows_nowhere) {
  fixture here{true};
  here.folder.write("defaults.yaml",
                    "username: lab\npassword: " + here.wrong + "\n");
  for (const auto& format : formats) {
    for (const auto* plugin : {"ssh", "netconf", "http"}) {
      auto line = format;
      line.insert(line.end(), {"--plugin", plugin, "--", "GET", "/"});
      BOOST_TEST(here.run(line) != 0, here.output);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_password_of_the_environment_shows_nowhere) {
  fixture here;
  here.folder.write("defaults.yaml", "username: lab\n");
  for (const auto& format : formats) {
    auto line = format;
    line.insert(line.end(), {"--", "echo", "hi"});
    BOOST_TEST(here.run(line, {"FLEET_PASSWORD=" + here.password}) == 0,
               here.output);
    BOOST_TEST(here.run(line, {"FLEET_PASSWORD=" + here.wrong}) == 4);
  }
}

BOOST_AUTO_TEST_CASE(an_inventory_that_is_wrong_tells_no_password) {
  fixture here;
  for (const auto* rest :
       {"port: x", "password: twice", "]", "credential: core",
        "connection_options: {ssh: {extras: {passphrase: [1]}}}"}) {
    here.folder.write("defaults.yaml", "username: lab\npassword: "
                                         + here.password + "\n" + rest + "\n");
    BOOST_TEST(here.run({"--", "x"}) == 5, rest);
  }
  // Not where a password has gone astray, either.
  here.folder.write("defaults.yaml",
                    "username: lab\npassword: [" + here.password + "]\n");
  BOOST_TEST(here.run({"--", "x"}) == 5);
}

BOOST_AUTO_TEST_CASE(what_everybody_can_change_is_said_once) {
  fixture here;
  auto hosts = here.folder / "hosts.yaml";
  program good{{"-i", here.folder.path(), "--list-hosts"}};
  BOOST_TEST(good.finish() == 0);
  BOOST_TEST(!contains(good.error(), "everybody can change"));
  std::filesystem::permissions(hosts, std::filesystem::perms{0666});
  program loose{{"-i", here.folder.path(), "--list-hosts"}};
  BOOST_TEST(loose.finish() == 0);
  BOOST_TEST(count(loose.error(), "everybody can change " + hosts) == 1u,
             loose.error());
}

BOOST_AUTO_TEST_SUITE_END()
