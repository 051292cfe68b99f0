#include "support/process.hpp"
#include "support/ssh_keys.hpp"

#include <tieline/messages/interfaces.hpp>
#include <tieline/messages/support/base64.hpp>
#include <tieline/transports/credentials/key_cost.hpp>
#include <tieline/transports/ssh/keys.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

using namespace tieline;
using namespace tieline::test;
using ssh::key_loader;
using ssh::loaded_key;

namespace {

std::string number(uint32_t x) {
  std::string result;
  for (auto shift : {24, 16, 8, 0})
    result += static_cast<char>(x >> shift & 0xff);
  return result;
}

std::string counted_bytes(const std::string& x) {
  return number(static_cast<uint32_t>(x.size())) + x;
}

/// Returns an OpenSSH key of which there is no more than its header.
std::string openssh_key(const std::string& kdf, uint32_t rounds) {
  std::string bytes{"openssh-key-v1\0", 15};
  bytes += counted_bytes("aes256-ctr") + counted_bytes(kdf);
  bytes += counted_bytes(counted_bytes(std::string(16, 's')) + number(rounds));
  bytes += std::string(40, 'k');
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + to_base64(bytes)
         + "\n-----END OPENSSH PRIVATE KEY-----\n";
}

// RFC 8018 and 7914, in DER.
const std::string pbes2 = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
const std::string pbkdf2 = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
const std::string scrypt = "\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x04\x0b";
const std::string aes = "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a";

std::string der(char tag, const std::string& content) {
  return std::string{tag, static_cast<char>(content.size())} + content;
}

std::string sequence(const std::string& content) {
  return der(0x30, content);
}

std::string integer(uint32_t x) {
  auto bytes = std::string(1, '\0') + number(x);
  // The shortest form that is not negative.
  while (bytes.size() > 1 && bytes[0] == 0 && (bytes[1] & 0x80) == 0)
    bytes.erase(0, 1);
  return der(0x02, bytes);
}

/// Returns a PEM key that is encrypted by such a KDF; of its bytes there are
/// none.
std::string pkcs8_key(const std::string& kdf,
                      const std::vector<uint32_t>& costs) {
  auto params = der(0x04, "salt");
  for (auto x : costs)
    params += integer(x);
  auto both = sequence(kdf + sequence(params))
              + sequence(aes + der(0x04, "0123456789abcdef"));
  auto all = sequence(sequence(pbes2 + sequence(both)) + der(0x04, ""));
  return "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + to_base64(all)
         + "\n-----END ENCRYPTED PRIVATE KEY-----\n";
}

struct cost_case {
  std::string name;
  std::string text;
  /// Part of what is wrong; empty: nothing is.
  std::string wrong;
};

std::ostream& operator<<(std::ostream& out, const cost_case& x) {
  return out << x.name;
}

const cost_case costs[] = {
  {"no key", "no key at all", ""},
  {"no passphrase", openssh_key("none", 0), ""},
  {"ssh-keygen's default", openssh_key("bcrypt", 24), ""},
  {"the most", openssh_key("bcrypt", 1024), ""},
  {"one too many", openssh_key("bcrypt", 1025), "1025 rounds of bcrypt"},
  {"centuries", openssh_key("bcrypt", 1u << 31),
   "2147483648 rounds of bcrypt; at most 1024"},
  {"cut off", openssh_key("bcrypt", 1u << 31).substr(0, 60), ""},
  {"PBKDF2 for long", pkcs8_key(pbkdf2, {0x7fffffff}),
   "2147483647 rounds of PBKDF2; at most 10000000"},
  {"scrypt", pkcs8_key(scrypt, {1 << 14, 8, 1}), ""},
  {"scrypt for long", pkcs8_key(scrypt, {1 << 10, 1, 200'000}),
   "204800000 rounds of scrypt; at most 67108864"},
};

struct fixture {
  fixture() {
    init();
    system = std::make_unique<caf::actor_system>(config);
    owner = system->spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](caf::unit_t) {}};
    });
  }

  ~fixture() {
    caf::anon_send_exit(owner, caf::exit_reason::user_shutdown);
  }

  loaded_key import(key_loader& from, const std::string& text,
                    const std::string& passphrase = {}) {
    auto found = std::make_shared<std::promise<loaded_key>>();
    from.import(secret{text}, secret{passphrase}, owner.address(),
                [found](const loaded_key& x) { found->set_value(x); });
    return found->get_future().get();
  }

  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  caf::actor owner;
  temp_dir dir;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keys_test, fixture)

BOOST_DATA_TEST_CASE_F(fixture, the_header_tells_the_cost, costs, x) {
  auto wrong = check_key_cost(x.text);
  BOOST_TEST((wrong.empty() == x.wrong.empty()), wrong);
  BOOST_TEST((wrong.find(x.wrong) != std::string::npos), wrong);
}

BOOST_AUTO_TEST_CASE(the_header_of_what_openssl_makes_is_read) {
  auto plain = dir / "plain";
  run_checked({"openssl", "genpkey", "-algorithm", "ed25519", "-out", plain});
  std::vector<std::string> command{"openssl", "pkcs8", "-topk8", "-passout",
                                   "pass:x",  "-in",   plain};
  BOOST_TEST(check_key_cost(run_checked(command)) == "");
  command.emplace_back("-scrypt");
  BOOST_TEST(check_key_cost(run_checked(command)) == "");
}

BOOST_AUTO_TEST_CASE(a_key_that_costs_too_much_is_refused_and_delays_nobody) {
  key_loader loader;
  auto refused = import(loader, openssh_key("bcrypt", 1u << 31), "open sesame");
  BOOST_TEST(!refused.key);
  BOOST_TEST((refused.code == errc::invalid_params));
  BOOST_TEST((refused.error.find("rounds") != std::string::npos),
             refused.error);
  auto other = make_key(dir, "other", "ed25519", "open sesame");
  auto found = import(loader, read_file(other.path), "open sesame");
  BOOST_TEST(found.error == "");
  BOOST_TEST(bool(found.key));
}

BOOST_AUTO_TEST_CASE(logins_at_the_same_time_share_a_key) {
  key_loader loader;
  auto text = read_file(make_key(dir, "key").path);
  auto first = import(loader, text);
  auto second = import(loader, text);
  BOOST_TEST_REQUIRE(bool(first.key));
  BOOST_TEST((first.key == second.key));
}

BOOST_AUTO_TEST_CASE(a_key_is_gone_after_the_last_login) {
  key_loader loader;
  auto text = read_file(make_key(dir, "key").path);
  std::weak_ptr<ssh_key_struct> used = import(loader, text).key;
  // What brought it to us is gone when its actor turns to the next.
  std::promise<void> next;
  io::post(owner.address(), [&next] { next.set_value(); });
  next.get_future().wait();
  // The loader's thread lets go of it, too, before it takes up another.
  import(loader, text + "\n");
  BOOST_TEST(used.expired());
}

BOOST_AUTO_TEST_CASE(another_passphrase_opens_no_key_that_is_in_use) {
  key_loader loader;
  auto locked = make_key(dir, "locked", "ed25519", "open sesame");
  auto text = read_file(locked.path);
  auto found = import(loader, text, "open sesame");
  BOOST_TEST(bool(found.key));
  BOOST_TEST(!import(loader, text, "another").key);
  BOOST_TEST(!import(loader, text).key);
}

BOOST_AUTO_TEST_SUITE_END()
