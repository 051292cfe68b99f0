#include "ssh/ssh_fixture.hpp"
#include "support/leak_check.hpp"
#include "support/text.hpp"

#include <tieline/messages/support/base64.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

const std::map<std::string, std::string> interactive{
  {"UsePAM", "yes"},
  {"PasswordAuthentication", "no"},
  {"KbdInteractiveAuthentication", "yes"}};

std::map<std::string, std::string> methods(const std::string& list) {
  return {{"AuthenticationMethods", list}};
}

/// How someone logs in.
struct login_case {
  const char* name;
  std::map<std::string, std::string> config;
  /// What is added to params that hold no credential.
  std::function<void(connection_params&, ssh_fixture&)> prepare;
};

std::ostream& operator<<(std::ostream& out, const login_case& x) {
  return out << x.name;
}

void give_password(connection_params& params, ssh_fixture& fixture) {
  params.password = secret{fixture.server.password()};
}

void give_key_file(connection_params& params, ssh_fixture& fixture) {
  params.extras["private_key_file"] = fixture.key.path;
}

void give_key_text(connection_params& params, ssh_fixture& fixture) {
  params.secrets["private_key"] = secret{read_file(fixture.key.path)};
}

void give_strange_key(connection_params& params, ssh_fixture& fixture) {
  params.extras["private_key_file"] = make_key(fixture.dir, "stranger").path;
}

// Returns a preparation with a key of this type and passphrase.
auto key_of(const char* type, const char* passphrase = "") {
  return [=](connection_params& params, ssh_fixture& fixture) {
    auto key = make_key(fixture.dir, "other", type, passphrase);
    fixture.server.authorize(key);
    params.extras["private_key_file"] = key.path;
    if (*passphrase != '\0')
      params.secrets["passphrase"] = secret{passphrase};
  };
}

void give_locked_key_text(connection_params& params, ssh_fixture& fixture) {
  key_of("ed25519", "open sesame")(params, fixture);
  auto file = params.extras.extract("private_key_file").mapped();
  params.secrets["private_key"] = secret{read_file(file)};
}

// The server takes it in either form.
auto key_made_by(std::vector<std::string> command) {
  return [=](connection_params& params, ssh_fixture& fixture) {
    auto key = make_key(fixture.dir, "other");
    fixture.server.authorize(key);
    auto all = command;
    all.insert(all.end(), {"-f", key.path});
    run_checked(all);
    params.extras["private_key_file"] = key.path;
    params.secrets["passphrase"] = secret{"open sesame"};
  };
}

auto key_sealed_with(const char* cipher) {
  return key_made_by(
    {"ssh-keygen", "-q", "-p", "-N", "open sesame", "-a", "2", "-Z", cipher});
}

void give_openssl_key(connection_params& params, ssh_fixture& fixture) {
  auto file = fixture.dir / "openssl-key";
  run_checked({"openssl", "genpkey", "-algorithm", "ed25519", "-out", file});
  auto point = run_checked(
    {"sh", "-c",
     "openssl pkey -in '" + file + "' -pubout -outform DER | tail -c 32"});
  key_files key;
  key.path = file;
  key.public_key
    = "ssh-ed25519 "
      + to_base64(std::string{"\0\0\0\x0bssh-ed25519\0\0\0\x20", 19} + point);
  fixture.server.authorize(key);
  params.extras["private_key_file"] = file;
}

// The server knows the authority, and not the key.
std::string certified_key(ssh_fixture& fixture, const char* type) {
  auto authority = make_key(fixture.dir, "authority");
  auto key = make_key(fixture.dir, "certified", type);
  fixture.server.trust_authority(authority);
  run_checked({"ssh-keygen", "-q", "-s", authority.path, "-I", "tieline", "-n",
               fixture.server.login(), key.path + ".pub"});
  return key.path;
}

auto certificate_beside(const char* type) {
  return [=](connection_params& params, ssh_fixture& fixture) {
    params.extras["private_key_file"] = certified_key(fixture, type);
  };
}

void give_certificate_file(connection_params& params, ssh_fixture& fixture) {
  auto key = certified_key(fixture, "ed25519");
  params.extras["certificate_file"]
    = fixture.dir.write("elsewhere", read_file(key + "-cert.pub"));
  params.secrets["private_key"] = secret{read_file(key)};
}

// Signed by nobody whom the server knows; the key itself may log in.
void give_strange_certificate(connection_params& params, ssh_fixture& fixture) {
  auto authority = make_key(fixture.dir, "authority");
  run_checked({"ssh-keygen", "-q", "-s", authority.path, "-I", "tieline", "-n",
               fixture.server.login(), fixture.key.path + ".pub"});
  give_key_file(params, fixture);
}

auto both(void (*first)(connection_params&, ssh_fixture&),
          void (*second)(connection_params&, ssh_fixture&)) {
  return [=](connection_params& params, ssh_fixture& fixture) {
    first(params, fixture);
    second(params, fixture);
  };
}

void become_guest(connection_params& params, ssh_fixture& fixture) {
  params.username = fixture.server.guest();
}

const login_case good_logins[] = {
  {"none", {{"PermitEmptyPasswords", "yes"}}, become_guest},
  {"password", methods("password"), give_password},
  {"keyboard-interactive", interactive, give_password},
  {"ed25519 key file", methods("publickey"), give_key_file},
  {"ecdsa key file", methods("publickey"), key_of("ecdsa")},
  {"rsa key file", methods("publickey"), key_of("rsa")},
  {"key file with passphrase", methods("publickey"),
   key_of("ed25519", "open sesame")},
  {"key file sealed with aes256-gcm", methods("publickey"),
   key_sealed_with("aes256-gcm@openssh.com")},
  {"key file sealed with chacha20-poly1305", methods("publickey"),
   key_sealed_with("chacha20-poly1305@openssh.com")},
  {"ed25519 key file of openssl", methods("publickey"), give_openssl_key},
  {"ed25519 certificate beside the key", methods("publickey"),
   certificate_beside("ed25519")},
  {"ecdsa certificate beside the key", methods("publickey"),
   certificate_beside("ecdsa")},
  {"rsa certificate beside the key", methods("publickey"),
   certificate_beside("rsa")},
  {"certificate_file with a key from memory", methods("publickey"),
   give_certificate_file},
  {"the key where the certificate is not taken", methods("publickey"),
   give_strange_certificate},
  {"key from memory", methods("publickey"), give_key_text},
  {"key from memory with passphrase", methods("publickey"),
   give_locked_key_text},
  {"a key, then the password", methods("publickey,password"),
   both(give_key_file, give_password)},
  {"the password, then a key", methods("password,publickey"),
   both(give_key_file, give_password)},
  {"the password after a key that is not taken",
   {},
   both(give_strange_key, give_password)},
  {"the key file after a key from memory that is not taken",
   {},
   [](connection_params& params, ssh_fixture& fixture) {
     auto stranger = make_key(fixture.dir, "stranger").path;
     params.secrets["private_key"] = secret{read_file(stranger)};
     give_key_file(params, fixture);
   }},
  {"the password where keys are not offered", methods("password"),
   both(give_key_file, give_password)},
};

const login_case bad_logins[] = {
  {"no credential", {}, [](connection_params&, ssh_fixture&) {}},
  {"a key that is not taken", {}, give_strange_key},
  {"a key alone where a password is wanted, too", methods("publickey,password"),
   give_key_file},
  {"a password where only keys are taken", methods("publickey"), give_password},
};

} // namespace

BOOST_AUTO_TEST_SUITE(auth_test)

BOOST_DATA_TEST_CASE(it_logs_in, good_logins, login) {
  ssh_fixture fixture{configured(login.config)};
  auto params = fixture.params();
  login.prepare(params, fixture);
  ssh_client client;
  auto session = client.open(params);
  BOOST_TEST_REQUIRE(brief(session) == "ok", fixture.server.log());
  auto who = client.execute(*session, "id -un");
  BOOST_TEST(brief(who) == "ok");
  BOOST_TEST(who->output == params.username + "\n");
}

BOOST_DATA_TEST_CASE(it_is_refused, bad_logins, login) {
  ssh_fixture fixture{configured(login.config)};
  auto params = fixture.params();
  login.prepare(params, fixture);
  ssh_client client;
  auto session = client.open(params);
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(a_wrong_password_names_the_methods_and_no_secret) {
  ssh_fixture fixture{configured(interactive)};
  auto params = fixture.with_key();
  params.extras["private_key_file"] = make_key(fixture.dir, "stranger").path;
  params.password = secret{"a-wrong-password"};
  ssh_client client;
  auto session = client.open(params);
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
  BOOST_TEST(contains(cause_of(session), "publickey"));
  BOOST_TEST(contains(cause_of(session), "keyboard-interactive"));
  BOOST_TEST(!contains(to_string(session.error()), "a-wrong-password"));
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_one_failed_login_at_the_server) {
  // Offers both ways to give it.
  ssh_fixture fixture{configured({{"UsePAM", "yes"},
                                  {"PasswordAuthentication", "yes"},
                                  {"KbdInteractiveAuthentication", "yes"}})};
  auto params = fixture.params();
  params.password = secret{"wrong"};
  ssh_client client;
  auto session = client.open(params);
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
  // It writes of the failure and then of our end, both after we know.
  std::string log;
  BOOST_TEST(eventually([&] {
    log = fixture.server.log();
    return log.find("Connection closed") != std::string::npos
           || log.find("Connection reset") != std::string::npos;
  }));
  size_t failures = 0;
  for (auto pos = log.find("Failed "); pos != std::string::npos;
       pos = log.find("Failed ", pos + 1))
    ++failures;
  BOOST_TEST(failures == 1u, log);
}

BOOST_AUTO_TEST_CASE(a_failed_login_leaves_the_transport_without_anything) {
  ssh_fixture fixture;
  ssh_client client;
  auto params = fixture.params();
  params.password = secret{"wrong"};
  // What all sessions share has come into being after the first.
  BOOST_TEST(brief(client.open(params)) == "auth_failed (authentication)");
  leak_check leaks{&client.system()};
  BOOST_TEST(brief(client.open(params)) == "auth_failed (authentication)");
  BOOST_TEST(leaks.leaked() == "");
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_used_is_an_error_of_the_params) {
  ssh_fixture fixture;
  ssh_client client;
  auto outcome_of = [&](auto prepare) {
    auto params = fixture.params();
    prepare(params);
    return client.open(params);
  };
  auto missing = outcome_of(
    [](auto& p) { p.extras["private_key_file"] = "/nonexistent/key"; });
  BOOST_TEST(brief(missing) == "invalid_params (authentication)");
  BOOST_TEST(contains(cause_of(missing), "private_key_file"));
  auto garbage = outcome_of(
    [](auto& p) { p.secrets["private_key"] = secret{"no key at all"}; });
  BOOST_TEST(brief(garbage) == "invalid_params (authentication)");
  BOOST_TEST(!contains(cause_of(garbage), "no key at all"));
  auto locked = make_key(fixture.dir, "locked", "ed25519", "open sesame");
  auto wrong = outcome_of([&](auto& p) {
    p.extras["private_key_file"] = locked.path;
    p.secrets["passphrase"] = secret{"a-wrong-passphrase"};
  });
  BOOST_TEST(brief(wrong) == "invalid_params (authentication)");
  BOOST_TEST(!contains(to_string(wrong.error()), "a-wrong-passphrase"));
  auto none
    = outcome_of([&](auto& p) { p.extras["private_key_file"] = locked.path; });
  BOOST_TEST(brief(none) == "invalid_params (authentication)");
  BOOST_TEST(contains(cause_of(none), "there is no passphrase"));
  auto pub = outcome_of(
    [&](auto& p) { p.extras["private_key_file"] = fixture.key.path + ".pub"; });
  BOOST_TEST(brief(pub) == "invalid_params (authentication)");
  BOOST_TEST(
    contains(cause_of(pub), fixture.key.path + ".pub: is a public key"));
  auto folder = outcome_of(
    [&](auto& p) { p.extras["private_key_file"] = fixture.dir.path(); });
  BOOST_TEST(brief(folder) == "invalid_params (authentication)");
  BOOST_TEST(contains(cause_of(folder), "cannot be read"));
  auto certificate = outcome_of([&](auto& p) {
    p.extras["private_key_file"] = fixture.key.path;
    p.extras["certificate_file"] = "/nonexistent/cert";
  });
  BOOST_TEST(brief(certificate) == "invalid_params (authentication)");
  BOOST_TEST(contains(cause_of(certificate), "certificate_file"));
}

BOOST_AUTO_TEST_CASE(more_failures_than_the_server_allows_are_a_failed_login) {
  ssh_fixture fixture{configured({{"MaxAuthTries", "1"}})};
  auto params = fixture.with_password();
  params.extras["private_key_file"] = make_key(fixture.dir, "stranger").path;
  ssh_client client;
  BOOST_TEST(brief(client.open(params)) == "auth_failed (authentication)");
}

BOOST_AUTO_TEST_CASE(a_server_that_stalls_the_login_times_out) {
  ssh_fixture fixture{configured({{"AuthorizedKeysCommand", "/bin/sleep 60"}})};
  auto params = fixture.params();
  params.extras["private_key_file"] = make_key(fixture.dir, "stranger").path;
  params.extras["auth_timeout"] = "300ms";
  ssh_client client;
  BOOST_TEST(brief(client.open(params)) == "timeout (authentication)");
}

BOOST_AUTO_TEST_SUITE_END()
