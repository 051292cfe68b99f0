#include "ssh/lab_device.hpp"
#include "ssh/ssh_manager.hpp"
#include "support/ssh_agent.hpp"
#include "support/text.hpp"

#include <tieline/lab/lab.hpp>
#include <tieline/messages/support/base64.hpp>
#include <tieline/transports/ssh/ssh.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;

namespace {

template <class T>
bool refused(const caf::expected<T>& x) {
  auto details = failure_of(x.error()).details;
  return details["credential"] != "not refused";
}

openssh_options with_pam(const std::string& service, bool expired,
                         std::map<std::string, std::string> more = {}) {
  auto result = configured({{"UsePAM", "yes"},
                            {"PasswordAuthentication", "no"},
                            {"KbdInteractiveAuthentication", "yes"}});
  for (auto& [name, value] : more)
    result.config[name] = value;
  result.accounts = {service, expired};
  return result;
}

constexpr auto permit_all = "auth sufficient pam_permit.so\n"
                            "account required pam_permit.so\n"
                            "session required pam_permit.so\n";

lab::options offering(unsigned methods) {
  lab::options result;
  result.methods = methods;
  return result;
}

/// An agent with keys that nobody knows, and more if they are added.
struct full_agent {
  explicit full_agent(const temp_dir& dir, int strangers = 8) {
    for (int i = 0; i < strangers; ++i)
      agent.add(make_key(dir, "stranger" + std::to_string(i), "ecdsa"));
  }

  ssh_agent agent;
};

} // namespace

BOOST_AUTO_TEST_SUITE(login_test)

// -- keys ---------------------------------------------------------------------

/// Takes a password or an RSA key, that only with a signature by SHA-1.
struct old_device {
  explicit old_device(unsigned methods)
    : key(make_key(dir, "rsa", "rsa")),
      devices(taking(methods, key)) {
    devices.at(0).set(lab::fault::sha1_signatures);
    params = params_of_device(devices.at(0));
    params.extras["private_key_file"] = key.path;
  }

  static lab::options taking(unsigned methods, const key_files& key) {
    auto result = offering(methods);
    result.authorized_keys = {key.public_key};
    return result;
  }

  temp_dir dir;
  key_files key;
  lab::server devices;
  connection_params params;
};

BOOST_AUTO_TEST_CASE(an_rsa_key_that_cannot_be_sent_is_no_refusal) {
  old_device old{lab::auth_publickey};
  ssh_agent agent;
  agent.add(old.key);
  ssh_client client;
  for (auto with_agent : {false, true}) {
    auto params = old.params;
    params.password = {};
    if (with_agent) {
      params.extras.erase("private_key_file");
      params.extras["agent_socket"] = agent.socket();
    }
    auto session = client.open(params);
    BOOST_TEST(brief(session) == "no_common_algorithm (authentication)");
    BOOST_TEST(contains(cause_of(session), "tried none;"));
    BOOST_TEST(contains(cause_of(session), "takes no rsa-sha2 signatures"));
    BOOST_TEST(contains(cause_of(session), "legacy"));
    params.extras["legacy"] = "true";
    BOOST_TEST(brief(client.open(params)) == "ok");
  }
  BOOST_TEST(old.devices.count().logins_rejected == 0u);
}

BOOST_AUTO_TEST_CASE(a_password_is_tried_after_an_rsa_key_that_cannot_be_sent) {
  old_device old{lab::auth_publickey | lab::auth_password};
  BOOST_TEST(brief(ssh_client{}.open(old.params)) == "ok");
  old.params.password = secret{"wrong"};
  auto session = ssh_client{}.open(old.params);
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
  BOOST_TEST(refused(session));
  BOOST_TEST(contains(cause_of(session), "was not sent"));
}

BOOST_AUTO_TEST_CASE(a_sealed_key_of_a_credential_logs_in) {
  ssh_fixture fixture;
  auto key = make_key(fixture.dir, "sealed");
  fixture.server.authorize(key);
  auto passphrase = fixture.dir.write("passphrase", "open sesame\n");
  for (auto cipher :
       {"aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"}) {
    run_checked({"ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-a",
                 "2", "-Z", cipher, "-f", key.path});
    credentials known;
    known.set("core", {fixture.server.login(),
                       {{"private_key", {key.path, ""}},
                        {"passphrase", {passphrase, ""}}}});
    transport_client client{[&](caf::actor_system& sys) {
      return spawn_ssh_factory(sys, {}, known);
    }};
    auto params = fixture.params();
    params.username.clear();
    params.extras["credential"] = "core";
    BOOST_TEST(brief(client.open(params)) == "ok");
    run_checked({"ssh-keygen", "-q", "-p", "-P", "open sesame", "-N", "", "-f",
                 key.path});
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_takes_longer_than_the_login_is_our_fault) {
  ssh_fixture fixture;
  auto key = fixture.dir / "slow";
  run_checked({"ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-a",
               "1", "-f", key});
  // The rounds stand in the clear, behind the salt.
  auto lines = read_file(key);
  auto from = lines.find('\n') + 1;
  std::string base64;
  for (auto c : lines.substr(from, lines.find("\n-----END") - from))
    if (c != '\n')
      base64 += c;
  auto bytes = from_base64(base64);
  bytes[15 + 4 + 10 + 4 + 6 + 4 + 4 + 16 + 2] = 4;
  bytes[15 + 4 + 10 + 4 + 6 + 4 + 4 + 16 + 3] = 0;
  auto params = fixture.params();
  params.secrets["private_key"]
    = secret{"-----BEGIN OPENSSH PRIVATE KEY-----\n" + to_base64(bytes)
             + "\n-----END OPENSSH PRIVATE KEY-----\n"};
  params.secrets["passphrase"] = secret{"open sesame"};
  params.extras["auth_timeout"] = "200ms";
  ssh_client client;
  auto session = client.open(params);
  BOOST_TEST(brief(session) == "invalid_params (authentication)");
  BOOST_TEST(contains(cause_of(session), "auth_timeout"));
  // Nor does it hold up others.
  BOOST_TEST(brief(client.open(fixture.with_key())) == "ok");
}

BOOST_AUTO_TEST_CASE(eight_keys_of_an_agent_leave_tries_for_the_password) {
  ssh_fixture fixture{configured({{"MaxAuthTries", "6"}})};
  full_agent keys{fixture.dir};
  auto params = fixture.with_password();
  params.extras["agent_socket"] = keys.agent.socket();
  ssh_client client;
  BOOST_TEST(brief(client.open(params)) == "ok");
  BOOST_TEST(count(fixture.server.log(), "Failed publickey") == 2u);
  // What worked comes first the next time.
  BOOST_TEST(brief(client.open(params)) == "ok");
  BOOST_TEST(count(fixture.server.log(), "Failed publickey") == 2u);
}

BOOST_AUTO_TEST_CASE(keys_that_were_not_tried_come_first_the_next_time) {
  ssh_fixture fixture{configured({{"MaxAuthTries", "6"}})};
  full_agent keys{fixture.dir};
  keys.agent.add(fixture.key);
  auto params = fixture.params();
  params.extras["agent_socket"] = keys.agent.socket();
  ssh_client client;
  auto first = client.open(params);
  BOOST_TEST(brief(first) == "auth_failed (authentication)");
  BOOST_TEST(contains(cause_of(first), "Too many authentication failures"));
  BOOST_TEST(!refused(first));
  BOOST_TEST(brief(client.open(params)) == "ok");
  auto failures = count(fixture.server.log(), "Failed publickey");
  BOOST_TEST(brief(client.open(params)) == "ok");
  BOOST_TEST(count(fixture.server.log(), "Failed publickey") == failures);
}

BOOST_AUTO_TEST_CASE(the_key_of_an_agent_that_works_elsewhere_comes_first) {
  ssh_fixture first;
  ssh_fixture second{configured({{"MaxAuthTries", "2"}})};
  second.server.authorize(first.key);
  full_agent keys{first.dir, 3};
  keys.agent.add(first.key);
  ssh_client client;
  for (auto* fixture : {&first, &second}) {
    auto params = fixture->params();
    params.extras["agent_socket"] = keys.agent.socket();
    BOOST_TEST(brief(client.open(params)) == "ok");
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_of_an_agent_logs_in) {
  ssh_fixture fixture;
  auto authority = make_key(fixture.dir, "authority");
  auto key = make_key(fixture.dir, "certified");
  fixture.server.trust_authority(authority);
  run_checked({"ssh-keygen", "-q", "-s", authority.path, "-I", "tieline", "-n",
               fixture.server.login(), key.path + ".pub"});
  ssh_agent agent;
  agent.add(key);
  auto params = fixture.params();
  params.extras["agent_socket"] = agent.socket();
  BOOST_TEST(brief(ssh_client{}.open(params)) == "ok");
}

BOOST_AUTO_TEST_CASE(an_agent_without_keys_is_told) {
  ssh_fixture fixture;
  ssh_agent agent;
  auto params = fixture.params();
  params.extras["agent_socket"] = agent.socket();
  auto session = ssh_client{}.open(params);
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
  BOOST_TEST(contains(cause_of(session), "the agent has no keys"));
  BOOST_TEST(!refused(session));
}

// -- passwords ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_methods_can_be_named) {
  ssh_fixture fixture{
    configured({{"UsePAM", "yes"}, {"KbdInteractiveAuthentication", "yes"}})};
  auto params = fixture.with_password();
  params.extras["private_key_file"] = fixture.key.path;
  params.extras["auth_methods"] = "password";
  BOOST_TEST(brief(ssh_client{}.open(params)) == "ok");
  BOOST_TEST(contains(fixture.server.log(), "Accepted password"));
  params.extras["auth_methods"] = "keyboard-interactive,publickey";
  BOOST_TEST(brief(ssh_client{}.open(params)) == "ok");
  BOOST_TEST(contains(fixture.server.log(), "Accepted keyboard-interactive"));
  BOOST_TEST(!contains(fixture.server.log(), "Accepted publickey"));
  params.extras["auth_methods"] = "passwort";
  BOOST_TEST(brief(ssh_client{}.open(params)) == "invalid_params (open)");
}

BOOST_AUTO_TEST_CASE(both_ways_of_a_password_are_tried_if_both_are_named) {
  ssh_fixture fixture{
    configured({{"UsePAM", "yes"}, {"KbdInteractiveAuthentication", "yes"}})};
  auto params = fixture.params();
  params.password = secret{"wrong"};
  params.extras["auth_methods"] = "keyboard-interactive,password";
  BOOST_TEST(brief(ssh_client{}.open(params))
             == "auth_failed (authentication)");
  BOOST_TEST(eventually([&] {
    return fixture.server.log().find("Failed password") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(an_empty_password_is_a_password) {
  for (auto method : {lab::auth_password, lab::auth_keyboard_interactive}) {
    auto how = offering(method);
    how.password = "";
    lab::server devices{how};
    auto params = params_of_device(devices.at(0));
    params.password = secret{""};
    BOOST_TEST(brief(ssh_client{}.open(params)) == "ok");
    BOOST_TEST(devices.count().logins_rejected == 0u);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_password_that_nobody_gave_is_not_sent) {
  for (auto method : {lab::auth_password, lab::auth_keyboard_interactive}) {
    lab::server devices{offering(method)};
    auto params = params_of_device(devices.at(0));
    params.password = {};
    for (auto* methods : {"", "keyboard-interactive,password"}) {
      params.extras["auth_methods"] = methods;
      auto session = ssh_client{}.open(params);
      BOOST_TEST(brief(session) == "auth_failed (authentication)");
      BOOST_TEST(!refused(session));
    }
    BOOST_TEST(devices.count().logins_rejected == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_second_step_without_prompts_needs_no_password) {
  ssh_fixture fixture{
    with_pam(permit_all, false,
             {{"AuthenticationMethods", "publickey,keyboard-interactive"}})};
  BOOST_TEST(brief(ssh_client{}.open(fixture.with_key())) == "ok");
}

BOOST_AUTO_TEST_CASE(a_second_step_that_asks_is_told) {
  ssh_fixture fixture{
    configured({{"UsePAM", "yes"},
                {"KbdInteractiveAuthentication", "yes"},
                {"AuthenticationMethods", "publickey,keyboard-interactive"}})};
  auto session = ssh_client{}.open(fixture.with_key());
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
  BOOST_TEST(contains(cause_of(session), "the server asks 'Password: '"));
  BOOST_TEST(contains(cause_of(session), "there is no password"));
  BOOST_TEST(!refused(session));
}

BOOST_AUTO_TEST_CASE(an_introduction_does_not_count_as_a_question) {
  lab::server devices{offering(lab::auth_keyboard_interactive)};
  devices.at(0).set(lab::fault::introduce);
  BOOST_TEST(brief(ssh_client{}.open(params_of_device(devices.at(0)))) == "ok");
}

BOOST_AUTO_TEST_CASE(a_code_never_gets_the_password) {
  lab::server devices{offering(lab::auth_keyboard_interactive)};
  devices.at(0).set(lab::fault::ask_code);
  auto session = ssh_client{}.open(params_of_device(devices.at(0)));
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
  BOOST_TEST(contains(cause_of(session), "asks for a one-time code"));
  BOOST_TEST(contains(cause_of(session), "'Verification code: '"));
  BOOST_TEST(contains(cause_of(session), "Open your app."));
  BOOST_TEST(!refused(session));
  BOOST_TEST(devices.count().logins_rejected == 0u);
}

BOOST_AUTO_TEST_CASE(an_expired_password_is_said_and_nothing_is_answered) {
  for (auto method : {lab::auth_password, lab::auth_keyboard_interactive}) {
    lab::server devices{offering(method)};
    devices.at(0).set(lab::fault::expired_password);
    auto session = ssh_client{}.open(params_of_device(devices.at(0)));
    BOOST_TEST(brief(session) == "auth_failed (authentication)");
    BOOST_TEST(contains(cause_of(session), "the password has expired"));
    BOOST_TEST(refused(session));
    BOOST_TEST(devices.count().logins_rejected == 0u);
  }
}

BOOST_AUTO_TEST_CASE(an_expired_password_of_pam_is_said) {
  ssh_fixture fixture{with_pam("", true)};
  auto session = ssh_client{}.open(fixture.with_password());
  BOOST_TEST(brief(session) == "auth_failed (authentication)");
  BOOST_TEST(contains(cause_of(session), "the password has expired"));
}

// -- the credential -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_a_refusal_stops_the_credential) {
  constexpr size_t hosts = 6;
  auto outcomes = [](lab::fault what) {
    auto how = offering(lab::auth_keyboard_interactive);
    how.devices = hosts;
    lab::server devices{how};
    std::vector<open_item> items;
    for (size_t i = 0; i < hosts; ++i) {
      devices.at(i).set(what);
      items.push_back({ssh_manager::key_of(static_cast<int>(i)),
                       params_of_device(devices.at(i))});
    }
    ssh_manager manager;
    std::string result;
    for (auto& item : items)
      for (auto& x : manager.open_all({item}, std::chrono::seconds{30}))
        result += to_string(code_of(x.error)) + ' ';
    return result;
  };
  auto expired = outcomes(lab::fault::expired_password);
  BOOST_TEST(contains(expired, "credential_stopped"));
  BOOST_TEST(!contains(outcomes(lab::fault::ask_code), "credential_stopped"));
}

// -- names --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(names_with_any_characters_log_in) {
  for (auto name : {"DOM\\user", "a;b", "$HOME", "o'neil", "user@example.com",
                    "a b", "-dash", "\"quoted\"", "`tick`", "m\u00fcller"}) {
    auto how = offering(lab::auth_password);
    how.user = name;
    lab::server devices{how};
    BOOST_TEST(brief(ssh_client{}.open(params_of_device(devices.at(0), name)))
                 == "ok",
               name);
    auto asking = offering(lab::auth_keyboard_interactive);
    asking.user = name;
    lab::server others{asking};
    BOOST_TEST(brief(ssh_client{}.open(params_of_device(others.at(0), name)))
                 == "ok",
               name);
  }
}

BOOST_AUTO_TEST_CASE(a_name_of_windows_logs_in_with_keys) {
  temp_dir dir;
  auto key = make_key(dir, "key");
  auto how = offering(lab::auth_publickey);
  how.user = "DOM\\user";
  how.authorized_keys = {key.public_key};
  lab::server devices{how};
  auto params = params_of_device(devices.at(0), "DOM\\user");
  params.password = {};
  ssh_agent agent;
  agent.add(key);
  params.extras["agent_socket"] = agent.socket();
  BOOST_TEST(brief(ssh_client{}.open(params)) == "ok");
  params.extras.erase("agent_socket");
  params.extras["private_key_file"] = key.path;
  BOOST_TEST(brief(ssh_client{}.open(params)) == "ok");
}

// -- old devices --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(old_algorithms_are_for_the_option_legacy) {
  const std::pair<const char*, const char*> old[] = {
    {"KexAlgorithms", "diffie-hellman-group14-sha1"},
    {"KexAlgorithms", "diffie-hellman-group1-sha1"},
    {"Ciphers", "aes128-cbc"},
    {"Ciphers", "3des-cbc"},
    {"MACs", "hmac-sha1"},
    {"HostKeyAlgorithms", "ssh-rsa"},
  };
  for (const auto& [keyword, value] : old) {
    auto how = configured({{keyword, value}});
    how.host_key_types = {"rsa"};
    // Else no MAC is needed.
    if (std::string{keyword} == "MACs")
      how.config["Ciphers"] = "aes128-ctr";
    ssh_fixture fixture{how};
    auto params = fixture.with_key();
    auto session = ssh_client{}.open(params);
    BOOST_TEST_CONTEXT(value) {
      BOOST_TEST(brief(session) == "no_common_algorithm (key exchange)");
      BOOST_TEST(contains(cause_of(session), "the option legacy"));
      params.extras["legacy"] = "true";
      BOOST_TEST(brief(ssh_client{}.open(params)) == "ok");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
