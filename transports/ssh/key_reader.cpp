#include "tieline/transports/ssh/key_reader.hpp"

#include "tieline/messages/support/ascii.hpp"
#include "tieline/messages/support/base64.hpp"
#include "tieline/messages/support/text.hpp"
#include "tieline/messages/support/wipe.hpp"
#include "tieline/transports/credentials/key_cost.hpp"
#include "tieline/transports/credentials/openssh_key.hpp"
#include "tieline/transports/credentials/wire.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <sstream>
#include <utility>

namespace tieline::ssh {

namespace {

struct deleter {
  void operator()(BIO* x) const {
    BIO_free(x);
  }

  void operator()(EVP_PKEY* x) const {
    EVP_PKEY_free(x);
  }
};

template <class T>
using owned_ptr = std::unique_ptr<T, deleter>;

/// Text of a key, wiped in the end.
struct key_text {
  key_text() = default;

  explicit key_text(std::string x) : value(std::move(x)) {
    // nop
  }

  key_text(const key_text&) = delete;

  key_text& operator=(const key_text&) = delete;

  ~key_text() {
    wipe(value);
  }

  std::string value;
};

bool starts_with(std::string_view text, std::string_view begin) {
  return text.substr(0, begin.size()) == begin;
}

std::string_view trimmed(std::string_view x) {
  while (!x.empty() && is_blank(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && is_blank(x.back()))
    x.remove_suffix(1);
  return x;
}

loaded_key wrong(std::string what) {
  return {nullptr, std::move(what)};
}

// -- what the text is ---------------------------------------------------------

constexpr std::string_view public_types[]
  = {"ssh-rsa", "ssh-ed25519", "ssh-ed448", "ssh-dss", "ecdsa-sha2-", "sk-"};

/// Where SSH wants a private key and something else was given.
std::string not_a_key(std::string_view text) {
  constexpr auto is_public
    = "is a public key; the private key is wanted, usually the file of the "
      "same name without .pub";
  if (text.empty())
    return "is empty";
  if (starts_with(text, "\xff\xfe") || starts_with(text, "\xfe\xff"))
    return "is text in UTF-16; save it as UTF-8";
  if (starts_with(text, "PuTTY-User-Key-File-"))
    return "is a key of PuTTY (.ppk); puttygen KEY.ppk -O private-openssh -o "
           "KEY makes one that can be read";
  if (starts_with(text, "---- BEGIN SSH2 PUBLIC KEY"))
    return is_public;
  if (starts_with(text, "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY"))
    return "is a key of ssh.com's format; ssh-keygen -i -f KEY makes one that "
           "can be read";
  if (starts_with(text, "SSH PRIVATE KEY FILE FORMAT"))
    return "is a key of SSH-1, which no server takes any more";
  if (starts_with(text, "b3BlbnNzaC1rZXktdjE"))
    return "lacks its first line, -----BEGIN OPENSSH PRIVATE KEY-----";
  if (starts_with(text, "$ANSIBLE_VAULT"))
    return "is encrypted by Ansible Vault";
  auto line = text.substr(0, text.find('\n'));
  for (auto type : public_types)
    if (starts_with(line, type) || contains(line, " " + std::string{type}))
      return contains(line, "-cert-v01@openssh.com")
               ? "is a certificate; it belongs to extras.certificate_file"
               : is_public;
  if (line.size() == text.size()
      && (starts_with(text, "/") || starts_with(text, "~/")))
    return "is a path; the text of the key is wanted";
  if (text[0] == '\x30')
    return "is binary (DER or PKCS #12); openssl pkey -inform DER or openssl "
           "pkcs12 -nodes makes one that can be read";
  return "is no private key: there is no line -----BEGIN ... PRIVATE KEY-----";
}

struct pem_block {
  std::string_view label;
  std::string_view body;
};

constexpr std::string_view pem_begin = "-----BEGIN ";
constexpr std::string_view pem_dashes = "-----";

/// Takes the next block from the front; returns what is wrong.
std::string take_block(std::string_view& text, std::optional<pem_block>& out) {
  out = std::nullopt;
  auto start = text.find(pem_begin);
  if (start == std::string_view::npos)
    return {};
  text.remove_prefix(start + pem_begin.size());
  auto end_of_label = text.find(pem_dashes);
  if (end_of_label == std::string_view::npos)
    return "is damaged: its first line is cut off";
  pem_block found;
  found.label = text.substr(0, end_of_label);
  text.remove_prefix(end_of_label + pem_dashes.size());
  auto end = "-----END " + std::string{found.label} + "-----";
  auto size = text.find(end);
  if (size == std::string_view::npos)
    return "is cut off: there is no line "
           + (found.label.size() < 40 ? end : "-----END ...");
  found.body = text.substr(0, size);
  text.remove_prefix(size + end.size());
  out = found;
  return {};
}

std::string not_a_key(const pem_block& first) {
  auto label = first.label;
  if (label == "CERTIFICATE" || label == "TRUSTED CERTIFICATE"
      || label == "X509 CERTIFICATE")
    return "is a certificate (X.509), no private key";
  if (contains(label, "PUBLIC KEY"))
    return "is a public key; the private key is wanted";
  return "is no private key, but " + in_quotes(label, 40);
}

// -- OpenSSH ------------------------------------------------------------------

loaded_key import_openssh(const secret& plain) {
  ssh_key key = nullptr;
  key_text text;
  auto encoded = key_text{to_base64(plain.reveal())};
  // No copy is left behind by growing.
  text.value.reserve(encoded.value.size() + encoded.value.size() / 64 + 128);
  text.value += "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  for (size_t i = 0; i < encoded.value.size(); i += 64)
    text.value.append(encoded.value, i, 64) += '\n';
  text.value += "-----END OPENSSH PRIVATE KEY-----\n";
  if (ssh_pki_import_privkey_base64(text.value.c_str(), nullptr, nullptr,
                                    nullptr, &key)
      != SSH_OK)
    return wrong("is damaged: its numbers are no key");
  return {private_key{key, ssh_key_free}, {}};
}

/// Returns the public half as it goes over the wire, in base64.
std::string public_half(ssh_key key) {
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
    return {};
  std::string result{text};
  ssh_string_free_char(text);
  return result;
}

loaded_key read_openssh(std::string_view body, const secret& passphrase,
                        const std::function<bool()>& wanted) {
  key_text encoded;
  encoded.value.reserve(body.size());
  for (auto c : body)
    if (!is_blank(c))
      encoded.value += c;
  key_text bytes{from_base64(encoded.value)};
  if (bytes.value.empty())
    return wrong("is damaged: it is no base64");
  openssh_key key;
  if (auto what = read_openssh_key(bytes.value, key); !what.empty())
    return wrong(what);
  auto type = type_of(key);
  if (starts_with(type, "sk-"))
    return wrong("is a key of a security token (FIDO), which only an agent can "
                 "use: extras.agent_socket");
  if (type == "ssh-dss")
    return wrong("is a DSA key, which servers do not take any more");
  if (type != "ssh-rsa" && type != "ssh-ed25519"
      && type != "ecdsa-sha2-nistp256" && type != "ecdsa-sha2-nistp384"
      && type != "ecdsa-sha2-nistp521")
    return wrong("is a key of the type " + in_quotes(type, 40)
                 + ", which is not known here");
  if (key.encrypted() && passphrase.empty())
    return wrong("is encrypted, and there is no passphrase "
                 "(secrets.passphrase)");
  secret plain;
  if (auto what = unlock(key, passphrase.reveal(), wanted, plain);
      !what.empty())
    return wrong(what);
  auto result = import_openssh(plain);
  if (result.key && public_half(result.key.get()) != to_base64(key.public_key))
    return wrong("is damaged: its halves do not belong together");
  return result;
}

// -- PEM ----------------------------------------------------------------------

struct passphrase_ask {
  const secret& passphrase;
  bool asked = false;
};

int answer(char* to, int size, int, void* ask) {
  auto& how = *static_cast<passphrase_ask*>(ask);
  how.asked = true;
  auto text = how.passphrase.reveal();
  if (text.empty() || text.size() > static_cast<size_t>(size))
    return -1;
  std::memcpy(to, text.data(), text.size());
  return static_cast<int>(text.size());
}

/// Returns the block with lines as OpenSSL wants them, whatever was done to
/// them: CRLF, blanks at their ends, one line for all.
std::string canonical(const pem_block& block) {
  std::string label{block.label};
  std::string result;
  result.reserve(block.body.size() + block.body.size() / 32 + 256);
  result += "-----BEGIN " + label + "-----\n";
  auto body = trimmed(block.body);
  // Headers (RFC 1421) are lines up to an empty one.
  while (contains(body.substr(0, body.find('\n')), ":")) {
    auto end = std::min(body.find('\n'), body.size());
    result += trimmed(body.substr(0, end));
    result += '\n';
    body.remove_prefix(std::min(end + 1, body.size()));
    if (!contains(body.substr(0, body.find('\n')), ":"))
      result += '\n';
  }
  size_t column = 0;
  for (auto c : body)
    if (!is_blank(c)) {
      result += c;
      if (++column % 64 == 0)
        result += '\n';
    }
  if (column % 64 != 0)
    result += '\n';
  result += "-----END " + label + "-----\n";
  return result;
}

std::string why_not(const passphrase_ask& ask) {
  auto reason = ERR_GET_REASON(ERR_peek_last_error());
  auto unsupported = false;
  for (unsigned long code = 0; (code = ERR_get_error()) != 0;)
    unsupported |= ERR_GET_LIB(code) == ERR_LIB_EVP
                   && ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
  if (ask.asked && ask.passphrase.empty())
    return "is encrypted, and there is no passphrase (secrets.passphrase)";
  if (reason == PEM_R_UNSUPPORTED_ENCRYPTION || (ask.asked && unsupported))
    return "is encrypted in a way that OpenSSL does not read any more; "
           "ssh-keygen -p -f KEY writes it anew";
  if (ask.asked)
    return "the passphrase is wrong";
  return "is damaged: OpenSSL cannot read it";
}

loaded_key import_ed25519(EVP_PKEY* key) {
  unsigned char seed[32];
  unsigned char point[32];
  size_t seed_size = sizeof(seed);
  size_t point_size = sizeof(point);
  auto read = EVP_PKEY_get_raw_private_key(key, seed, &seed_size) == 1
              && EVP_PKEY_get_raw_public_key(key, point, &point_size) == 1
              && seed_size == sizeof(seed) && point_size == sizeof(point);
  loaded_key result = wrong("is damaged: it lacks a half");
  if (read)
    result
      = import_openssh(openssh_ed25519({reinterpret_cast<char*>(seed), 32},
                                       {reinterpret_cast<char*>(point), 32}));
  explicit_bzero(seed, sizeof(seed));
  return result;
}

loaded_key import_pem(EVP_PKEY* key) {
  // Its memory is wiped when it is freed.
  owned_ptr<BIO> to{BIO_new(BIO_s_secmem())};
  char* text = nullptr;
  if (!to
      || PEM_write_bio_PrivateKey_traditional(to.get(), key, nullptr, nullptr,
                                              0, nullptr, nullptr)
           != 1
      || BIO_write(to.get(), "", 1) != 1)
    return wrong("is of a kind that OpenSSL cannot write");
  BIO_get_mem_data(to.get(), &text);
  ssh_key result = nullptr;
  if (ssh_pki_import_privkey_base64(text, nullptr, nullptr, nullptr, &result)
      != SSH_OK)
    return wrong("is of a kind that libssh does not know (curves: P-256, "
                 "P-384, P-521)");
  return {private_key{result, ssh_key_free}, {}};
}

loaded_key read_pem(const pem_block& block, const secret& passphrase) {
  key_text text{canonical(block)};
  owned_ptr<BIO> from{
    BIO_new_mem_buf(text.value.data(), static_cast<int>(text.value.size()))};
  passphrase_ask ask{passphrase};
  ERR_clear_error();
  owned_ptr<EVP_PKEY> key{
    PEM_read_bio_PrivateKey(from.get(), nullptr, answer, &ask)};
  if (!key)
    return wrong(why_not(ask));
  loaded_key result;
  switch (EVP_PKEY_base_id(key.get())) {
    case EVP_PKEY_ED25519:
      result = import_ed25519(key.get());
      break;
    case EVP_PKEY_RSA:
    case EVP_PKEY_EC:
      result = import_pem(key.get());
      break;
    case EVP_PKEY_DSA:
      result = wrong("is a DSA key, which servers do not take any more");
      break;
    default: {
      const auto* name = EVP_PKEY_get0_type_name(key.get());
      result = wrong("is a key of the type "
                     + in_quotes(name != nullptr ? name : "?", 40)
                     + ", which SSH does not have");
    }
  }
  ERR_clear_error();
  return result;
}

/// Returns whether a certificate (PROTOCOL.certkeys) is of this public key:
/// behind its type and a random number it has what that has behind its type.
bool belongs(std::string_view certificate, std::string_view public_key) {
  return take_string(certificate) && take_string(certificate)
         && take_string(public_key) && starts_with(certificate, public_key);
}

/// Without marks of byte order, and with lines where an environment variable
/// has `\n`.
std::string cleaned(std::string_view text) {
  if (starts_with(text, "\xef\xbb\xbf"))
    text.remove_prefix(3);
  std::string result{trimmed(text)};
  if (!contains(result, "\n"))
    for (size_t at = 0; (at = result.find("\\n", at)) != std::string::npos;)
      result.replace(at, 2, "\n");
  return result;
}

} // namespace

loaded_key read_private_key(std::string_view text, const secret& passphrase,
                            const std::function<bool()>& wanted) {
  key_text clean{cleaned(text)};
  if (auto what = check_key_cost(clean.value); !what.empty())
    return wrong(what);
  std::string_view rest{clean.value};
  std::optional<pem_block> first;
  std::optional<pem_block> block;
  do {
    if (auto what = take_block(rest, block); !what.empty())
      return wrong(what);
    if (!first)
      first = block;
    // What comes with a key may stand before it: parameters, certificates.
  } while (block && !contains(block->label, "PRIVATE KEY"));
  if (!block)
    return wrong(first ? not_a_key(*first) : not_a_key(clean.value));
  if (block->label == "OPENSSH PRIVATE KEY")
    return read_openssh(block->body, passphrase, wanted);
  for (auto known : {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY",
                     "EC PRIVATE KEY", "DSA PRIVATE KEY"})
    if (block->label == known)
      return read_pem(*block, passphrase);
  return wrong("is of a kind that is not known here: "
               + in_quotes(block->label, 40));
}

std::string add_certificate(std::string_view text, loaded_key& to) {
  std::istringstream words{std::string{trimmed(text)}};
  std::string type;
  std::string base64;
  words >> type >> base64;
  if (!contains(type, "-cert-v01@openssh.com") || type.size() > 100)
    return "is no certificate of OpenSSH (KEY-cert.pub)";
  ssh_key made = nullptr;
  if (ssh_pki_import_cert_base64(base64.c_str(),
                                 ssh_key_type_from_name(type.c_str()), &made)
      != SSH_OK)
    return "is a damaged certificate, or one of a kind that libssh does not "
           "know";
  private_key certificate{made, ssh_key_free};
  if (!belongs(from_base64(base64), from_base64(public_half(to.key.get()))))
    return "is the certificate of another key";
  private_key both{ssh_key_dup(to.key.get()), ssh_key_free};
  if (!both
      || ssh_pki_copy_cert_to_privkey(certificate.get(), both.get()) != SSH_OK)
    return "cannot be used by libssh";
  to.certified = both;
  return {};
}

} // namespace tieline::ssh
