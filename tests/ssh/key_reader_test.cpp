#include "support/process.hpp"
#include "support/ssh_keys.hpp"
#include "support/temp_dir.hpp"

#include <tieline/messages/support/base64.hpp>
#include <tieline/transports/credentials/bcrypt_pbkdf.hpp>
#include <tieline/transports/credentials/openssh_key.hpp>
#include <tieline/transports/credentials/wire.hpp>
#include <tieline/transports/ssh/key_reader.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <random>
#include <string>
#include <vector>

// Of LeakSanitizer, where there is one.
extern "C" {
void __lsan_disable() __attribute__((weak));
void __lsan_enable() __attribute__((weak));
}

using namespace tieline;
using namespace tieline::test;
using ssh::loaded_key;

namespace {

constexpr auto passphrase = "open sesame";

loaded_key read(const std::string& text, const std::string& with = {}) {
  return ssh::read_private_key(text, secret{with}, [] { return true; });
}

/// Returns the public half as an authorized_keys file has it.
std::string public_half(const loaded_key& from) {
  char* text = nullptr;
  if (!from.key
      || ssh_pki_export_pubkey_base64(from.key.get(), &text) != SSH_OK)
    return from.error;
  auto result = std::string{ssh_key_type_to_char(ssh_key_type(from.key.get()))}
                + ' ' + text;
  ssh_string_free_char(text);
  return result;
}

/// Returns what ssh-keygen finds in the file of a private key.
std::string public_half_of(const std::string& file, const std::string& with) {
  auto text = run_checked({"ssh-keygen", "-y", "-P", with, "-f", file});
  auto end = text.find_first_of(" \n", text.find(' ') + 1);
  return text.substr(0, end);
}

std::string generate(const temp_dir& dir, std::vector<std::string> how,
                     const std::string& with) {
  auto file = dir / "key";
  std::vector<std::string> command{"ssh-keygen", "-q", "-N", with, "-f", file};
  command.insert(command.end(), how.begin(), how.end());
  run_checked(command);
  return file;
}

std::string openssh_text(const std::string& bytes) {
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + to_base64(bytes)
         + "\n-----END OPENSSH PRIVATE KEY-----\n";
}

std::string bytes_of(const std::string& text) {
  std::string base64;
  for (auto c :
       text.substr(text.find('\n'), text.find("\n-----END") - text.find('\n')))
    if (c != '\n')
      base64 += c;
  return from_base64(base64);
}

struct kind {
  const char* name;
  /// What is told ssh-keygen.
  std::vector<std::string> how;
};

std::ostream& operator<<(std::ostream& out, const kind& x) {
  return out << x.name;
}

const kind kinds[] = {
  {"ed25519", {"-t", "ed25519"}},
  {"rsa", {"-t", "rsa", "-b", "2048"}},
  {"ecdsa 256", {"-t", "ecdsa", "-b", "256"}},
  {"ecdsa 384", {"-t", "ecdsa", "-b", "384"}},
  {"ecdsa 521", {"-t", "ecdsa", "-b", "521"}},
  {"rsa, PEM", {"-t", "rsa", "-b", "2048", "-m", "PEM"}},
  {"rsa, PKCS #8", {"-t", "rsa", "-b", "2048", "-m", "PKCS8"}},
  {"ecdsa, PEM", {"-t", "ecdsa", "-m", "PEM"}},
  {"ecdsa, PKCS #8", {"-t", "ecdsa", "-m", "PKCS8"}},
};

const std::string ciphers[] = {
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "aes128-cbc",
  "aes192-cbc",
  "aes256-cbc",
  "3des-cbc",
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
};

struct spelling {
  const char* name;
  std::string (*of)(std::string);
};

std::string replaced(std::string text, const std::string& what,
                     const std::string& by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos;
       at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

const spelling spellings[] = {
  {"CRLF", [](std::string x) { return replaced(x, "\n", "\r\n"); }},
  {"a mark of UTF-8", [](std::string x) { return "\xef\xbb\xbf" + x; }},
  {"blanks at the ends of lines",
   [](std::string x) { return replaced(x, "\n", " \t\n"); }},
  {"blank lines before and behind",
   [](std::string x) { return "\n\n" + x + "\n \n"; }},
  {"no line end at the end",
   [](std::string x) { return x.substr(0, x.size() - 1); }},
  {"text before it", [](std::string x) { return "Key of r1:\n" + x; }},
  {"a certificate before it",
   [](std::string x) {
     return "-----BEGIN CERTIFICATE-----\nTWlJ\n-----END CERTIFICATE-----\n"
            + x;
   }},
  {"line ends of an environment variable",
   [](std::string x) { return replaced(x, "\n", "\\n"); }},
};

struct refusal {
  const char* name;
  std::string text;
  const char* wrong;
};

std::ostream& operator<<(std::ostream& out, const refusal& x) {
  return out << x.name;
}

std::string pem(const std::string& label) {
  return "-----BEGIN " + label + "-----\nTWlJ\n-----END " + label + "-----\n";
}

/// Returns a container whose fields are those of a plain one but for some.
struct container {
  std::string cipher = "none";
  std::string kdf = "none";
  std::string options;
  uint32_t keys = 1;
  std::string type = "ssh-ed25519";
  std::string sealed = std::string(64, 's');
  std::string rest;

  std::string text() const {
    std::string bytes{"openssh-key-v1\0", 15};
    put_string(bytes, cipher);
    put_string(bytes, kdf);
    put_string(bytes, options);
    put_number(bytes, keys);
    std::string public_key;
    put_string(public_key, type);
    put_string(bytes, public_key);
    put_string(bytes, sealed);
    return openssh_text(bytes + rest);
  }
};

template <class F>
std::string with(F change) {
  container x;
  change(x);
  return x.text();
}

std::string bcrypt_options(const std::string& salt, uint32_t rounds) {
  std::string result;
  put_string(result, salt);
  put_number(result, rounds);
  return result;
}

const refusal refusals[] = {
  {"nothing", "", "is empty"},
  {"blanks", " \n\t\n", "is empty"},
  {"prose", "no key at all", "is no private key: there is no line"},
  {"a public key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n",
   "is a public key; the private key is wanted"},
  {"a public key with options", "no-pty ssh-rsa AAAAB3NzaC1yc2E me\n",
   "is a public key; the private key is wanted"},
  {"a public key (RFC 4716)",
   "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n",
   "is a public key; the private key is wanted"},
  {"a public key (PEM)", pem("PUBLIC KEY"), "is a public key"},
  {"a certificate of OpenSSH",
   "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1l me\n",
   "is a certificate; it belongs to extras.certificate_file"},
  {"a certificate (X.509)", pem("CERTIFICATE"), "is a certificate (X.509)"},
  {"another PEM", pem("X509 CRL"), "is no private key, but 'X509 CRL'"},
  {"PGP", pem("PGP PRIVATE KEY BLOCK"), "is of a kind that is not known here"},
  {"PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
   "is a key of PuTTY (.ppk)"},
  {"ssh.com", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
   "is a key of ssh.com's format"},
  {"SSH-1", "SSH PRIVATE KEY FILE FORMAT 1.1\n", "is a key of SSH-1"},
  {"Ansible", "$ANSIBLE_VAULT;1.1;AES256\n3061", "is encrypted by Ansible"},
  {"UTF-16", std::string{"\xff\xfe-\0-\0", 6}, "is text in UTF-16"},
  {"DER", std::string{"\x30\x2e\x02\x01\0", 5}, "is binary (DER or PKCS #12"},
  {"a path", "/etc/key", "is a path; the text of the key is wanted"},
  {"no frame", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU=", "lacks its first line"},
  {"no end", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", "is cut off"},
  {"no end of the first line", "-----BEGIN OPENSSH PRIV", "is damaged"},
  {"no base64",
   "-----BEGIN OPENSSH PRIVATE KEY-----\n@@@@\n"
   "-----END OPENSSH PRIVATE KEY-----\n",
   "is damaged: it is no base64"},
  {"another container", openssh_text("openssh-key-v2"),
   "is damaged: it does not begin with openssh-key-v1"},
  {"no more than a name", openssh_text({"openssh-key-v1\0", 15}),
   "is damaged: its header is cut off"},
  {"a length of 4 GB",
   openssh_text(std::string{"openssh-key-v1\0\xff\xff\xff\xff", 19} + "none"),
   "is damaged: its header is cut off"},
  {"an unknown cipher", with([](auto& x) {
     x.cipher = "rot13\x1b[31m";
     x.kdf = "bcrypt";
     x.options = bcrypt_options("salt", 16);
   }),
   "is encrypted with 'rot13\\x1b[31m', which is not known here"},
  {"an unknown derivation", with([](auto& x) { x.kdf = "argon2"; }),
   "makes its key with 'argon2'"},
  {"a cipher without a derivation",
   with([](auto& x) { x.cipher = "aes256-gcm@openssh.com"; }),
   "is damaged: cipher and key derivation contradict"},
  {"no salt", with([](auto& x) {
     x.cipher = "aes256-ctr";
     x.kdf = "bcrypt";
     x.options = bcrypt_options("", 16);
   }),
   "is damaged: the options of bcrypt"},
  {"no rounds", with([](auto& x) {
     x.cipher = "aes256-ctr";
     x.kdf = "bcrypt";
     x.options = bcrypt_options("salt", 0);
   }),
   "is damaged: the options of bcrypt"},
  {"rounds for centuries", with([](auto& x) {
     x.cipher = "chacha20-poly1305@openssh.com";
     x.kdf = "bcrypt";
     x.options = bcrypt_options("salt", 1u << 31);
   }),
   "2147483648 rounds of bcrypt; at most 1024"},
  {"two keys", with([](auto& x) { x.keys = 2; }), "holds 2 keys"},
  {"no keys", with([](auto& x) { x.keys = 0; }), "holds 0 keys"},
  {"4 G keys", with([](auto& x) { x.keys = ~0u; }), "holds 4294967295 keys"},
  {"half a block", with([](auto& x) { x.sealed = "1234"; }),
   "is damaged: its private half has a length that cannot be"},
  {"no tag", with([](auto& x) {
     x.cipher = "aes256-gcm@openssh.com";
     x.kdf = "bcrypt";
     x.options = bcrypt_options("salt", 1);
   }),
   "is damaged: it is cut off"},
  {"something behind it", with([](auto& x) { x.rest = "more"; }),
   "is damaged: something follows its end"},
  {"two check numbers", with([](auto& x) { x.sealed[3] = 'x'; }),
   "is damaged: its two check numbers differ"},
  {"no numbers", with([](auto&) {}), "is damaged: its numbers are no key"},
  {"a security token",
   with([](auto& x) { x.type = "sk-ssh-ed25519@openssh.com"; }),
   "is a key of a security token (FIDO)"},
  {"DSA", with([](auto& x) { x.type = "ssh-dss"; }), "is a DSA key"},
  {"an unknown type", with([](auto& x) { x.type = "ssh-moon"; }),
   "is a key of the type 'ssh-moon'"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(key_reader_test)

// Of OpenBSD's regress/lib/libutil/bcrypt_pbkdf.
BOOST_AUTO_TEST_CASE(bcrypt_pbkdf_is_openbsds) {
  auto derive = [](std::string_view pass, std::string_view salt,
                   uint32_t rounds, size_t size) {
    return std::string{
      bcrypt_pbkdf(pass, salt, rounds, size, [] { return true; }).reveal()};
  };
  BOOST_TEST(to_base64(derive("password", "salt", 4, 32))
             == to_base64("\x5b\xbf\x0c\xc2\x93\x58\x7f\x1c\x36\x35\x55\x5c\x27"
                          "\x79\x65\x98\xd4\x7e\x57\x90\x71\xbf\x42\x7e\x9d\x8f"
                          "\xbe\x84\x2a\xba\x34\xd9"));
  BOOST_TEST(derive("", "salt", 4, 32) == "");
  BOOST_TEST(derive("password", "", 4, 32) == "");
  BOOST_TEST(derive("password", "salt", 0, 32) == "");
  BOOST_TEST(derive("password", "salt", 4, 1025) == "");
}

BOOST_AUTO_TEST_CASE(bcrypt_pbkdf_stops_once_nobody_waits) {
  auto asked = 0;
  auto key = bcrypt_pbkdf("password", "salt", ~0u, 48,
                          [&asked] { return ++asked < 3; });
  BOOST_TEST(key.empty());
  BOOST_TEST(asked == 3);
}

BOOST_DATA_TEST_CASE(keys_of_all_kinds_are_read, kinds, kind) {
  for (const auto* with : {"", passphrase}) {
    temp_dir dir;
    auto how = kind.how;
    how.insert(how.end(), {"-a", "1"});
    auto file = generate(dir, how, with);
    BOOST_TEST(public_half(read(read_file(file), with))
               == public_half_of(file, with));
  }
}

BOOST_DATA_TEST_CASE(all_ciphers_of_openssh_are_read, ciphers, cipher) {
  temp_dir dir;
  auto file = generate(dir, {"-t", "ed25519", "-a", "2", "-Z", cipher},
                       passphrase);
  auto text = read_file(file);
  BOOST_TEST(public_half(read(text, passphrase))
             == public_half_of(file, passphrase));
  BOOST_TEST(read(text, "another").error == "the passphrase is wrong");
  BOOST_TEST(read(text).error
             == "is encrypted, and there is no passphrase "
                "(secrets.passphrase)");
}

BOOST_AUTO_TEST_CASE(a_sealed_key_that_was_changed_is_not_read) {
  temp_dir dir;
  for (auto cipher :
       {"aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"}) {
    auto file = generate(dir, {"-t", "ed25519", "-a", "1", "-Z", cipher},
                         passphrase);
    auto bytes = bytes_of(read_file(file));
    bytes.back() ^= 1;
    BOOST_TEST(read(openssh_text(bytes), passphrase).error
               == "the passphrase is wrong");
    run_checked({"rm", file, file + ".pub"});
  }
}

BOOST_AUTO_TEST_CASE(ed25519_of_openssl_is_read) {
  temp_dir dir;
  auto plain = dir / "plain";
  run_checked({"openssl", "genpkey", "-algorithm", "ed25519", "-out", plain});
  std::filesystem::permissions(plain, std::filesystem::perms::owner_read);
  // Which ssh-keygen cannot read.
  auto mine = public_half(read(read_file(plain)));
  auto der = run_checked({"sh", "-c",
                          "openssl pkey -in '" + plain
                            + "' -pubout -outform DER | tail -c 32 | base64"});
  std::string blob;
  put_string(blob, "ssh-ed25519");
  put_string(blob, from_base64(der.substr(0, der.find('\n'))));
  BOOST_TEST(mine == "ssh-ed25519 " + to_base64(blob));
  for (auto more : {"-v2", "-scrypt"}) {
    std::vector<std::string> command{
      "openssl", "pkcs8",    "-topk8",           "-in",
      plain,     "-passout", "pass:open sesame", more};
    if (std::string{more} == "-v2")
      command.emplace_back("aes-256-cbc");
    auto text = run_checked(command);
    BOOST_TEST(public_half(read(text, passphrase)) == mine);
    BOOST_TEST(read(text, "another").error == "the passphrase is wrong");
    BOOST_TEST(read(text).error
               == "is encrypted, and there is no passphrase "
                  "(secrets.passphrase)");
  }
}

BOOST_AUTO_TEST_CASE(what_ssh_has_no_use_for_is_said) {
  auto made = [](const std::vector<std::string>& how) {
    std::vector<std::string> command{"openssl", "genpkey"};
    command.insert(command.end(), how.begin(), how.end());
    return read(run_checked(command)).error;
  };
  BOOST_TEST(made({"-algorithm", "X25519"})
             == "is a key of the type 'X25519', which SSH does not have");
  BOOST_TEST(made({"-algorithm", "ed448"})
             == "is a key of the type 'ED448', which SSH does not have");
  auto curve
    = made({"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"});
  BOOST_TEST((curve.find("P-256") != std::string::npos), curve);
}

BOOST_AUTO_TEST_CASE(a_key_may_be_spelled_in_many_ways) {
  for (const auto& how : kinds) {
    for (const auto* with : {"", passphrase}) {
      temp_dir dir;
      auto options = how.how;
      options.insert(options.end(), {"-a", "1"});
      auto file = generate(dir, options, with);
      for (const auto& spelling : spellings)
        BOOST_TEST_CONTEXT(how << ", " << with << ", " << spelling.name)
      BOOST_TEST(public_half(read(spelling.of(read_file(file)), with))
                 == public_half_of(file, with));
    }
  }
}

BOOST_DATA_TEST_CASE(what_is_no_key_is_told_in_its_own_words, refusals, x) {
  auto result = read(x.text, passphrase);
  BOOST_TEST(!result.key);
  BOOST_TEST((result.code == errc::invalid_params));
  BOOST_TEST((result.error.find(x.wrong) != std::string::npos), result.error);
}

// libssh loses a few bytes of a key that makes no sense.
class leaks_of_libssh {
public:
  leaks_of_libssh() {
    if (__lsan_disable != nullptr)
      __lsan_disable();
  }

  leaks_of_libssh(const leaks_of_libssh&) = delete;

  leaks_of_libssh& operator=(const leaks_of_libssh&) = delete;

  ~leaks_of_libssh() {
    if (__lsan_enable != nullptr)
      __lsan_enable();
  }
};

// Nothing in a file may end the process or run for long.
BOOST_AUTO_TEST_CASE(a_key_with_any_bytes_changed_is_a_key_or_an_error) {
  std::mt19937 random{20'261'130};
  auto any = [&random](size_t below) {
    return std::uniform_int_distribution<size_t>{0, below - 1}(random);
  };
  size_t keys = 0;
  size_t errors = 0;
  for (const auto& how : kinds) {
    temp_dir dir;
    auto text = read_file(generate(dir, how.how, ""));
    auto openssh = text.find("OPENSSH") != std::string::npos;
    auto good = openssh ? bytes_of(text) : text;
    for (int i = 0; i < 400; ++i) {
      auto bytes = good;
      for (auto n = any(4) + 1; n > 0; --n)
        bytes[any(bytes.size())] = static_cast<char>(any(256));
      if (any(4) == 0)
        bytes.resize(any(bytes.size()));
      leaks_of_libssh are_accepted;
      auto found = read(openssh ? openssh_text(bytes) : bytes, "x");
      ++(found.key ? keys : errors);
      BOOST_TEST((bool{found.key} == found.error.empty()));
    }
  }
  BOOST_TEST(keys > 0u);
  BOOST_TEST(errors > keys);
}

BOOST_AUTO_TEST_CASE(a_certificate_is_added_to_its_own_key_only) {
  temp_dir dir;
  auto authority = make_key(dir, "authority");
  auto key = make_key(dir, "key", "ecdsa");
  auto other = make_key(dir, "other", "ecdsa");
  run_checked({"ssh-keygen", "-q", "-s", authority.path, "-I", "me", "-n",
               "admin", key.path + ".pub"});
  auto text = read_file(key.path + "-cert.pub");
  auto mine = read(read_file(key.path));
  BOOST_TEST(ssh::add_certificate(text, mine) == "");
  BOOST_TEST(bool{mine.certified});
  auto others = read(read_file(other.path));
  BOOST_TEST(ssh::add_certificate(text, others)
             == "is the certificate of another key");
  BOOST_TEST(!others.certified);
  BOOST_TEST(ssh::add_certificate(read_file(key.path + ".pub"), others)
             == "is no certificate of OpenSSH (KEY-cert.pub)");
  auto cut = text.substr(0, text.size() / 2);
  BOOST_TEST(ssh::add_certificate(cut, others) != "");
}

BOOST_AUTO_TEST_SUITE_END()
