#include "support/temp_dir.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/transports/credentials/credentials.hpp"

#include <caf/actor_system_config.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

using namespace tieline;
using tieline::test::temp_dir;
using tieline::test::write_file;

namespace {

const connection_key key{"r1", "ssh"};

const std::vector<std::string_view> all{"password", "passphrase", "private_key",
                                        "token"};

struct fixture {
  fixture() {
    init();
  }

  temp_dir dir;
};

caf::expected<credentials> loaded(const std::string& text) {
  std::istringstream in{"tieline {" + text + "}"};
  auto config = caf::actor_system_config::parse_config(in);
  BOOST_REQUIRE(config);
  return credentials::load(*config);
}

credentials of_core(const std::string& settings) {
  auto result = loaded("credential { core {" + settings + "} }");
  BOOST_REQUIRE(result);
  return *result;
}

std::string in_quotes(const std::string& x) {
  return '"' + x + '"';
}

connection_params named(const std::string& name) {
  connection_params result;
  result.hostname = "192.0.2.1";
  result.extras["credential"] = name;
  result.extras["known_hosts"] = "/somewhere";
  return result;
}

std::string why(const caf::expected<connection_params>& got) {
  BOOST_REQUIRE(!got);
  BOOST_CHECK(code_of(got.error()) == errc::invalid_params);
  BOOST_CHECK(failure_of(got.error()).at == step::open);
  BOOST_CHECK(failure_of(got.error()).key == key);
  return failure_of(got.error()).cause;
}

} // namespace

BOOST_AUTO_TEST_SUITE(credentials_test)

BOOST_FIXTURE_TEST_SUITE(credentials_tests, fixture)

BOOST_AUTO_TEST_CASE(params_get_what_they_name) {
  auto known = of_core(
    "username = \"admin\"\n"
    "password-file = "
    + in_quotes(dir.write("password", "sesame\n"))
    + "\npassphrase-env = \"TIELINE_TEST_PASSPHRASE\"\nprivate-key-file = "
    + in_quotes(dir.write("key", "first\nlast\n")));
  setenv("TIELINE_TEST_PASSPHRASE", "open", 1);
  auto got = known.complete(key, named("core"), all);
  BOOST_REQUIRE(got);
  BOOST_CHECK_EQUAL(got->username, "admin");
  BOOST_CHECK_EQUAL(got->password.reveal(), "sesame");
  BOOST_CHECK_EQUAL(got->secrets.at("passphrase").reveal(), "open");
  BOOST_CHECK_EQUAL(got->secrets.at("private_key").reveal(), "first\nlast");
  BOOST_CHECK_EQUAL(got->hostname, "192.0.2.1");
  BOOST_CHECK_EQUAL(got->extras.count("credential"), 0u);
  BOOST_CHECK_EQUAL(got->extras.count("known_hosts"), 1u);
}

BOOST_AUTO_TEST_CASE(params_that_name_none_stay_as_they_are) {
  connection_params params;
  params.password = secret{"x"};
  BOOST_CHECK(!names_credential(params));
  auto got = credentials{}.complete(key, params, all);
  BOOST_REQUIRE(got);
  BOOST_CHECK(*got == params);
}

BOOST_AUTO_TEST_CASE(a_username_in_the_params_goes_first) {
  auto params = named("core");
  params.username = "root";
  auto got = of_core("username = \"admin\"").complete(key, params, all);
  BOOST_REQUIRE(got);
  BOOST_CHECK_EQUAL(got->username, "root");
}

BOOST_AUTO_TEST_CASE(a_secret_in_the_params_contradicts) {
  auto known = of_core("username = \"admin\"");
  auto params = named("core");
  params.password = secret{"x"};
  BOOST_CHECK_EQUAL(why(known.complete(key, params, all)),
                    "password: contradicts extras.credential, which is core");
  params = named("core");
  params.secrets["token"] = secret{"x"};
  BOOST_CHECK_EQUAL(
    why(known.complete(key, params, all)),
    "secrets.token: contradicts extras.credential, which is core");
}

BOOST_AUTO_TEST_CASE(one_is_shown_to_its_hosts_only) {
  auto known = of_core("username = \"admin\"\n"
                       "hosts = [\"192.0.2.?\", \"*.Lab.example\"]");
  struct row {
    const char* host;
    bool good;
  };
  for (const auto& [host, good] :
       {row{"192.0.2.1", true}, row{"r1.lab.example", true},
        row{"R1.LAB.EXAMPLE", true}, row{"[192.0.2.1]", true},
        row{"192.0.2.10", false}, row{"192.0.2.1.evil.example", false},
        row{"lab.example", false}, row{"", false}}) {
    auto params = named("core");
    params.hostname = host;
    auto got = known.complete(key, params, all);
    BOOST_TEST_CONTEXT(host)
    BOOST_CHECK_EQUAL(bool{got}, good);
    if (!good)
      BOOST_CHECK_EQUAL(why(got),
                        "extras.credential: tieline.credential.core is not "
                        "for the host '"
                          + std::string{host} + "'");
  }
}

BOOST_AUTO_TEST_CASE(a_peer_gets_none_that_is_not_meant_for_peers) {
  auto asked = [](const std::string& settings) {
    auto params = named("core");
    params.from_peer = true;
    return of_core(settings).complete(key, params, all);
  };
  BOOST_CHECK_EQUAL(why(asked("username = \"a\"")),
                    "extras.credential: tieline.credential.core has no hosts, "
                    "so it is not for other processes");
  BOOST_CHECK(asked("hosts = [\"192.0.2.*\"]"));
  BOOST_CHECK_EQUAL(why(asked("hosts = [\"*\"]\nlocal-only = true")),
                    "extras.credential: tieline.credential.core is for this "
                    "process only");
  BOOST_CHECK(of_core("local-only = true").complete(key, named("core"), all));
}

BOOST_AUTO_TEST_CASE(one_says_how_host_keys_are_checked_for_it) {
  auto known = of_core("host-key-policy = \"strict\"");
  auto got = known.complete(key, named("core"), all);
  BOOST_REQUIRE(got);
  BOOST_CHECK_EQUAL(got->extras.at(fixed_host_key_policy), "strict");
  for (const auto* name : {"host_key_policy", "host-key-policy"}) {
    auto params = named("core");
    params.extras[name] = "off";
    BOOST_CHECK_EQUAL(why(known.complete(key, params, all)),
                      "extras." + std::string{name}
                        + ": contradicts tieline.credential.core."
                          "host-key-policy, which is strict");
    params.extras[name] = "strict";
    BOOST_CHECK(known.complete(key, params, all));
  }
  // Nobody else can say so.
  connection_params params;
  params.extras[fixed_host_key_policy] = "off";
  BOOST_CHECK_EQUAL(why(known.complete(key, params, all)),
                    "extras.credential_host_key_policy: unknown");
}

BOOST_AUTO_TEST_CASE(what_is_of_no_use_is_not_read) {
  auto known = of_core("username = \"admin\"\ntoken-file = \"/no/such/file\"");
  auto got = known.complete(key, named("core"), {"password"});
  BOOST_REQUIRE(got);
  BOOST_CHECK(got->secrets.empty());
}

BOOST_AUTO_TEST_CASE(
  one_that_was_refused_is_not_given_out_until_it_is_another) {
  auto file = dir.write("password", "old");
  credentials known;
  known.set("core", {"admin", {{"password", {file, ""}}}});
  auto params = named("core");
  auto mark = mark_of(*known.complete(key, params, all));
  BOOST_CHECK_EQUAL(mark.size(), 64u);
  params.extras["credential_refused"] = mark;
  auto got = known.complete(key, params, all);
  BOOST_REQUIRE(!got);
  BOOST_CHECK(code_of(got.error()) == errc::auth_failed);
  BOOST_CHECK_EQUAL(failure_of(got.error()).details["credential_mark"], mark);
  write_file(file, "new");
  got = known.complete(key, params, all);
  BOOST_REQUIRE(got);
  BOOST_CHECK_NE(mark_of(*got), mark);
  BOOST_CHECK_EQUAL(got->extras.count("credential_refused"), 0u);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_each_time) {
  auto file = dir.write("password", "old");
  credentials known;
  known.set("core", {"admin", {{"password", {file, ""}}}});
  BOOST_CHECK_EQUAL(known.complete(key, named("core"), all)->password.reveal(),
                    "old");
  write_file(file, "new\r\n");
  BOOST_CHECK_EQUAL(known.complete(key, named("core"), all)->password.reveal(),
                    "new");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_told_with_its_place) {
  struct row {
    std::string setting;
    std::string expected;
  };
  unsetenv("TIELINE_TEST_UNSET");
  setenv("TIELINE_TEST_EMPTY", "", 1);
  auto file = [](const std::string& path) {
    return "password-file = " + in_quotes(path);
  };
  const row rows[] = {
    {file("/no/such/file"),
     "password-file: /no/such/file cannot be read: No such file or directory"},
    {file(dir.path()),
     "password-file: " + dir.path() + " cannot be read: it is no regular file"},
    {file(dir.write("empty", "")), "password-file: is empty"},
    {file(dir.write("line", "\n")), "password-file: is empty"},
    {file(dir.write("large", std::string((1 << 20) + 1, 'x'))),
     "password-file: " + (dir / "large")
       + " cannot be read: it is larger than 1048576 bytes"},
    {"token-env = \"TIELINE_TEST_UNSET\"",
     "token-env: the variable is not set"},
    {"token-env = \"TIELINE_TEST_EMPTY\"", "token-env: is empty"},
  };
  for (const auto& x : rows)
    BOOST_TEST_CONTEXT(x.setting)
  BOOST_CHECK_EQUAL(why(of_core(x.setting).complete(key, named("core"), all)),
                    "extras.credential: tieline.credential.core." + x.expected);
  BOOST_CHECK_EQUAL(
    why(of_core("username = \"a\"").complete(key, named("x"), all)),
    "extras.credential: there is no tieline.credential.x here");
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_is_told_with_its_place) {
  struct row {
    const char* text;
    const char* expected;
  };
  const row rows[] = {
    {"credential = 1", ": not a group of credentials"},
    {"credential { core = 1 }", ".core: not a group of settings"},
    {"credential { core {} }", ".core: not a group of settings"},
    {"credential { core { username = [1] } }",
     ".core.username: must be text, not"},
    {"credential { core { password-file = \"\" } }",
     ".core.password-file: must be a text that is not empty"},
    {"credential { core { token-env = \"T\"\ntoken-file = \"/t\" } }",
     ".core.token-env: contradicts token-file"},
    {"credential { core { password = \"secret\" } }",
     ".core.password: unknown; there are username, password-file, "
     "password-env, private-key-file"},
    {"credential { core { pass_file = \"/p\" } }",
     ".core.pass_file: unknown; there are username"},
    // Underscores are dashes.
    {"credential { core { password_file = \"\" } }",
     ".core.password_file: must be a text that is not empty"},
  };
  for (const auto& x : rows) {
    BOOST_TEST_CONTEXT(x.text) {
      auto got = loaded(x.text);
      BOOST_REQUIRE(!got);
      BOOST_CHECK(code_of(got.error()) == errc::invalid_setting);
      auto cause = failure_of(got.error()).cause;
      std::string expected = std::string{"tieline.credential"} + x.expected;
      BOOST_CHECK_EQUAL(cause.substr(0, expected.size()), expected);
      // Somebody may have put the secret itself there.
      BOOST_CHECK_EQUAL(cause.find("secret"), std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_config_there_are_none) {
  auto got = loaded("");
  BOOST_REQUIRE(got);
  BOOST_CHECK_EQUAL(why(got->complete(key, named("core"), all)),
                    "extras.credential: there is no tieline.credential.core "
                    "here");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
