// What files of ssh_config(5) come to in the params of a session.

#include "tieline/messages/failure.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/options/option_table.hpp"
#include "tieline/transports/ssh/library_algorithms.hpp"
#include "tieline/transports/ssh/preparation.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace tieline;
using namespace tieline::ssh;
using namespace std::chrono_literals;
using config::surroundings;

namespace {

struct types {
  types() {
    init();
  }
};

BOOST_TEST_GLOBAL_FIXTURE(types);

const connection_key key{"h1", "ssh"};

connection_params bare_params() {
  connection_params result;
  result.hostname = "h1";
  return result;
}

caf::expected<profile>
profile_of(const std::string& text,
           const connection_params& params = bare_params(),
           const ssh_options& defaults = {}) {
  auto file = std::make_shared<config::file>();
  file->path = "f";
  auto wrong = parse(text, *file);
  BOOST_TEST_REQUIRE(!wrong, to_string(wrong));
  surroundings here;
  here.user = "me";
  here.home = "/home/me";
  config::evaluation says;
  wrong = evaluate({file}, {params.hostname, params.username, params.port},
                   here, library_algorithms(), says);
  BOOST_TEST_REQUIRE(!wrong, to_string(wrong));
  return make_profile(key, params, defaults, &says);
}

profile good(const caf::expected<profile>& x) {
  BOOST_TEST_REQUIRE(!!x, describe(x ? caf::error{} : x.error()));
  return *x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mapping_test)

BOOST_AUTO_TEST_CASE(every_keyword_reaches_the_session) {
  auto x = good(profile_of("HostName 192.0.2.7\n"
                           "Port 2022\n"
                           "User deploy\n"
                           "IdentityFile ~/.ssh/a\nIdentityFile none\n"
                           "IdentityFile /keys/%h\n"
                           "CertificateFile /keys/a-cert.pub\n"
                           "IdentitiesOnly yes\n"
                           "IdentityAgent /run/agent\n"
                           "UserKnownHostsFile ~/a /b\n"
                           "HostKeyAlias Alias\n"
                           "StrictHostKeyChecking accept-new\n"
                           "ConnectTimeout 7\n"
                           "ServerAliveInterval 1m\n"
                           "ServerAliveCountMax 5\n"
                           "KexAlgorithms ecdh-sha2-nistp256\n"
                           "HostKeyAlgorithms rsa-sha2-512,ssh-ed25519\n"
                           "Ciphers aes128-ctr\n"
                           "MACs hmac-sha2-256\n"
                           "PubkeyAcceptedAlgorithms ssh-ed25519\n"
                           "AddressFamily inet\n"
                           "BindAddress 127.0.0.2\n"));
  BOOST_TEST(x.host == "192.0.2.7");
  BOOST_TEST(x.port == 2022);
  BOOST_TEST(x.user == "deploy");
  BOOST_TEST_REQUIRE(x.identities.size() == 2u);
  BOOST_TEST(x.identities[0].path == "/home/me/.ssh/a");
  BOOST_TEST(!x.identities[0].is_default);
  BOOST_TEST(x.identities[1].path == "/keys/192.0.2.7");
  BOOST_TEST(x.certificates.at(0) == "/keys/a-cert.pub");
  BOOST_TEST(x.identities_only);
  BOOST_TEST(x.options.agent_socket == "/run/agent");
  BOOST_TEST(x.options.known_hosts == "/home/me/a,/b");
  BOOST_TEST(x.host_key_alias == "alias");
  BOOST_TEST(to_string(x.options.host_key_policy) == "accept_new");
  BOOST_TEST((x.options.connect_timeout == caf::timespan{7s}));
  BOOST_TEST((x.options.key_exchange_timeout == caf::timespan{7s}));
  BOOST_TEST((x.options.keepalive_interval == caf::timespan{1min}));
  BOOST_TEST(x.options.keepalive_count == 5u);
  BOOST_TEST(x.algorithms.key_exchange == "ecdh-sha2-nistp256");
  BOOST_TEST(x.algorithms.host_keys == "rsa-sha2-512,ssh-ed25519");
  BOOST_TEST(x.algorithms.ciphers == "aes128-ctr");
  BOOST_TEST(x.algorithms.macs == "hmac-sha2-256");
  BOOST_TEST(x.algorithms.user_keys == "ssh-ed25519");
  BOOST_TEST(x.address_family == "inet");
  BOOST_TEST_REQUIRE(x.bind_address.has_value());
  BOOST_TEST(io::to_string(*x.bind_address) == "127.0.0.2:0");
}

BOOST_AUTO_TEST_CASE(what_the_params_say_wins) {
  const auto* text = "Port 2022\nUser deploy\nIdentityFile /a\n"
                     "ConnectTimeout 7\nStrictHostKeyChecking no\n";
  auto params = bare_params();
  params.username = "given";
  params.port = 22;
  params.extras = {{"connect_timeout", "3s"},
                   {"host-key-policy", "strict"},
                   {"private_key_file", "/k"}};
  auto x = good(profile_of(text, params));
  BOOST_TEST(x.user == "given");
  BOOST_TEST(x.port == 22);
  BOOST_TEST((x.options.connect_timeout == caf::timespan{3s}));
  BOOST_TEST(to_string(x.options.host_key_policy) == "strict");
  BOOST_TEST(x.options.private_key_file == "/k");
  BOOST_TEST(x.identities.empty());
  // As do settings that somebody has changed.
  ssh_options changed;
  changed.connect_timeout = 4s;
  auto y = good(profile_of(text, bare_params(), changed));
  BOOST_TEST((y.options.connect_timeout == caf::timespan{4s}));
  BOOST_TEST(to_string(y.options.host_key_policy) == "off");
  BOOST_TEST(y.user == "deploy");
}

BOOST_AUTO_TEST_CASE(a_file_that_says_nothing_changes_no_option) {
  auto params = bare_params();
  params.password = secret{"x"};
  auto x = good(profile_of("Host nobody\nPort 1\n", params));
  auto defaults = ssh_options{};
  for (const auto& row : ssh_options::table().rows())
    BOOST_TEST(ssh_options::table().show(x.options, row.name)
               == ssh_options::table().show(defaults, row.name));
  BOOST_TEST(x.host == "h1");
  BOOST_TEST(x.port == 22);
  BOOST_TEST(x.user == "me");
  BOOST_TEST(x.algorithms.ciphers.empty());
  BOOST_TEST(x.identities.empty());
}

BOOST_AUTO_TEST_CASE(keys_and_agents_that_no_file_names_need_a_login_without) {
  setenv("SSH_AUTH_SOCK", "/run/some-agent", 1);
  auto bare = good(profile_of(""));
  BOOST_TEST(!bare.identities.empty());
  BOOST_TEST(bare.identities.at(0).is_default);
  BOOST_TEST(bare.identities.at(0).path == "/home/me/.ssh/id_rsa");
  BOOST_TEST(bare.options.agent_socket == "env");
  auto params = bare_params();
  params.extras = {{"private_key_file", "/k"}};
  auto with_key = good(profile_of("", params));
  BOOST_TEST(with_key.identities.empty());
  BOOST_TEST(with_key.options.agent_socket == "");
  BOOST_TEST(good(profile_of("IdentityAgent none\n")).options.agent_socket
             == "");
  unsetenv("SSH_AUTH_SOCK");
  BOOST_TEST(good(profile_of("")).options.agent_socket == "");
}

BOOST_AUTO_TEST_CASE(
  another_way_to_the_host_is_never_replaced_by_the_direct_one) {
  auto x = profile_of("Host h1\nProxyCommand nc %h %p\n");
  BOOST_TEST_REQUIRE(!x);
  BOOST_TEST((code_of(x.error()) == errc::invalid_params));
  auto cause = failure_of(x.error()).cause;
  BOOST_TEST(cause.find("f:2: ProxyCommand nc %h %p: ") == 0u, cause);
  auto jumps = good(profile_of("Host h1\nProxyJump a@b:23,c\n"));
  BOOST_TEST(jumps.proxy_jump == "a@b:23,c");
  BOOST_TEST(jumps.proxy_jump_place == "f:2: ProxyJump: ");
  BOOST_TEST(good(profile_of("Host h1\nProxyJump none\n")).proxy_jump == "");
  BOOST_TEST(good(profile_of("Host h2\nProxyJump bastion\n")).proxy_jump == "");
  // A way that was given takes precedence, as with all params.
  auto params = bare_params();
  params.via.push_back({{"b", "ssh"}, {}});
  for (const auto* line : {"ProxyJump c", "ProxyCommand nc %h %p"}) {
    auto given
      = good(profile_of("Host h1\n" + std::string{line} + "\n", params));
    BOOST_TEST(given.proxy_jump == "");
    BOOST_TEST((given.via == params.via));
  }
}

BOOST_AUTO_TEST_CASE(times_that_are_out_of_range_are_the_next_best) {
  auto x = good(profile_of("ConnectTimeout 0\nServerAliveInterval 0\n"
                           "ServerAliveCountMax 0\n"));
  BOOST_TEST((x.options.connect_timeout == caf::timespan{10s}));
  BOOST_TEST((x.options.keepalive_interval == caf::timespan{0}));
  BOOST_TEST(x.options.keepalive_count == 1u);
  auto y = good(profile_of("ConnectTimeout 2h\nServerAliveCountMax 1000\n"));
  BOOST_TEST((y.options.connect_timeout == caf::timespan{1h}));
  BOOST_TEST(y.options.keepalive_count == 100u);
  BOOST_TEST(!y.options.check());
}

BOOST_AUTO_TEST_CASE(libssh_tells_which_algorithms_it_has) {
  const auto& lists = library_algorithms();
  auto has = [](const std::vector<std::string>& xs, const char* x) {
    return std::find(xs.begin(), xs.end(), x) != xs.end();
  };
  for (const auto* x : {&lists.key_exchange, &lists.host_keys, &lists.user_keys,
                        &lists.ciphers, &lists.macs}) {
    BOOST_TEST(!x->defaults.empty());
    for (const auto& name : x->defaults)
      BOOST_TEST(has(x->available, name.c_str()), name);
  }
  BOOST_TEST(has(lists.ciphers.available, "aes128-cbc"));
  BOOST_TEST(!has(lists.ciphers.defaults, "aes128-cbc"));
  BOOST_TEST(has(lists.host_keys.available, "ssh-rsa"));
  BOOST_TEST(!has(lists.macs.available, "hmac-md5"));
}

BOOST_AUTO_TEST_SUITE_END()
