#include "tieline/transports/credentials/openssh_key.hpp"

#include "tieline/messages/support/text.hpp"
#include "tieline/messages/support/wipe.hpp"
#include "tieline/transports/credentials/bcrypt_pbkdf.hpp"
#include "tieline/transports/credentials/wire.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

namespace tieline {

namespace {

constexpr std::string_view magic{"openssh-key-v1\0", 15};

/// Every cipher pads to this at least.
constexpr size_t padding = 8;

struct cipher_kind {
  std::string_view name;
  /// OpenSSL's name; empty for the one that has a rule of its own.
  const char* openssl;
  size_t key;
  size_t iv;
  size_t block;
  size_t tag;
};

constexpr std::string_view chacha = "chacha20-poly1305@openssh.com";

constexpr cipher_kind ciphers[] = {
  {"none", "", 0, 0, padding, 0},
  {"aes128-ctr", "AES-128-CTR", 16, 16, 16, 0},
  {"aes192-ctr", "AES-192-CTR", 24, 16, 16, 0},
  {"aes256-ctr", "AES-256-CTR", 32, 16, 16, 0},
  {"aes128-cbc", "AES-128-CBC", 16, 16, 16, 0},
  {"aes192-cbc", "AES-192-CBC", 24, 16, 16, 0},
  {"aes256-cbc", "AES-256-CBC", 32, 16, 16, 0},
  {"rijndael-cbc@lysator.liu.se", "AES-256-CBC", 32, 16, 16, 0},
  {"3des-cbc", "DES-EDE3-CBC", 24, 8, 8, 0},
  {"aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, 16},
  {"aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, 16},
  {chacha, "", 64, 0, 8, 16},
};

const cipher_kind* find_cipher(std::string_view name) {
  for (const auto& x : ciphers)
    if (x.name == name)
      return &x;
  return nullptr;
}

secret make_plain(std::string_view public_key, std::string_view private_part) {
  std::string bytes;
  // No copy is left behind by growing.
  bytes.reserve(public_key.size() + private_part.size() + 64);
  bytes += magic;
  put_string(bytes, "none");
  put_string(bytes, "none");
  put_string(bytes, "");
  put_number(bytes, 1);
  put_string(bytes, public_key);
  put_string(bytes, private_part);
  secret result{bytes};
  wipe(bytes);
  return result;
}

// -- ciphers ------------------------------------------------------------------

struct cipher_deleter {
  void operator()(EVP_CIPHER_CTX* x) const {
    EVP_CIPHER_CTX_free(x);
  }

  void operator()(EVP_CIPHER* x) const {
    EVP_CIPHER_free(x);
  }
};

const unsigned char* bytes_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

enum class outcome { decrypted, wrong_key, no_cipher };

outcome decrypt(const char* name, std::string_view key, std::string_view iv,
                std::string_view tag, std::string_view from, std::string& to) {
  std::unique_ptr<EVP_CIPHER, cipher_deleter> cipher{
    EVP_CIPHER_fetch(nullptr, name, nullptr)};
  std::unique_ptr<EVP_CIPHER_CTX, cipher_deleter> context{EVP_CIPHER_CTX_new()};
  if (!cipher || !context
      || EVP_DecryptInit_ex2(context.get(), cipher.get(), bytes_of(key),
                             bytes_of(iv), nullptr)
           != 1)
    return outcome::no_cipher;
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  to.resize(from.size());
  auto* out = reinterpret_cast<unsigned char*>(to.data());
  int n = 0;
  if (EVP_DecryptUpdate(context.get(), out, &n, bytes_of(from),
                        static_cast<int>(from.size()))
      != 1)
    return outcome::wrong_key;
  if (!tag.empty()
      && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                             static_cast<int>(tag.size()),
                             const_cast<char*>(tag.data()))
           != 1)
    return outcome::no_cipher;
  return EVP_DecryptFinal_ex(context.get(), out + n, &n) == 1
           ? outcome::decrypted
           : outcome::wrong_key;
}

/// PROTOCOL.chacha20poly1305 of OpenSSH, for packet 0 without a length.
outcome decrypt_chacha(std::string_view key, std::string_view tag,
                       std::string_view from, std::string& to) {
  // The other half of the key is for lengths. The counter of the blocks comes
  // first: 0 makes the tag's key, the data begin with 1.
  key = key.substr(0, 32);
  std::string iv(16, '\0');
  const std::string zeros(32, '\0');
  std::string tag_key;
  if (decrypt("ChaCha20", key, iv, {}, zeros, tag_key) != outcome::decrypted)
    return outcome::no_cipher;
  unsigned char made[16];
  size_t size = 0;
  auto found = EVP_Q_mac(nullptr, "POLY1305", nullptr, nullptr, nullptr,
                         tag_key.data(), tag_key.size(), bytes_of(from),
                         from.size(), made, sizeof(made), &size)
               != nullptr;
  wipe(tag_key);
  if (!found || size != sizeof(made))
    return outcome::no_cipher;
  if (tag.size() != size || CRYPTO_memcmp(made, tag.data(), size) != 0)
    return outcome::wrong_key;
  iv[0] = 1;
  return decrypt("ChaCha20", key, iv, {}, from, to);
}

/// Returns whether the two numbers at the beginning are the same, as they are
/// in what was decrypted rightly.
bool makes_sense(std::string_view private_part) {
  auto first = take_number(private_part);
  auto second = take_number(private_part);
  return first && second && *first == *second;
}

} // namespace

std::string read_openssh_key(std::string_view bytes, openssh_key& out) {
  auto damaged = [](const char* what) {
    return std::string{"is damaged: "} + what;
  };
  if (bytes.substr(0, magic.size()) != magic)
    return damaged("it does not begin with openssh-key-v1");
  bytes.remove_prefix(magic.size());
  auto cipher = take_string(bytes);
  auto kdf = take_string(bytes);
  auto options = take_string(bytes);
  auto keys = take_number(bytes);
  if (!cipher || !kdf || !options)
    return damaged("its header is cut off");
  out = {};
  out.cipher = *cipher;
  out.kdf = *kdf;
  if (*kdf == "bcrypt") {
    out.salt = take_string(*options).value_or(std::string_view{});
    out.rounds = take_number(*options).value_or(0);
    if (out.salt.empty() || out.rounds == 0)
      return damaged("the options of bcrypt make no sense");
  }
  const auto* kind = find_cipher(*cipher);
  if (kind == nullptr)
    return "is encrypted with " + in_quotes(*cipher)
           + ", which is not known here";
  if (*kdf != "none" && *kdf != "bcrypt")
    return "makes its key with " + in_quotes(*kdf)
           + ", which is not known here; bcrypt is";
  if ((*kdf == "none") != (kind->key == 0))
    return damaged("cipher and key derivation contradict each other");
  if (!keys)
    return damaged("its header is cut off");
  if (*keys != 1)
    return "holds " + std::to_string(*keys) + " keys; one is wanted";
  auto public_key = take_string(bytes);
  auto sealed = public_key ? take_string(bytes) : std::nullopt;
  if (!sealed)
    return damaged("it is cut off");
  if (sealed->size() < kind->block || sealed->size() % kind->block != 0)
    return damaged("its private half has a length that cannot be");
  if (bytes.size() != kind->tag)
    return damaged(bytes.size() < kind->tag ? "it is cut off"
                                            : "something follows its end");
  out.public_key = *public_key;
  out.sealed = secret{*sealed};
  out.tag = bytes;
  return {};
}

std::string_view type_of(const openssh_key& key) {
  std::string_view rest{key.public_key};
  return take_string(rest).value_or(std::string_view{});
}

std::string unlock(const openssh_key& key, std::string_view passphrase,
                   const std::function<bool()>& wanted, secret& out) {
  const auto* kind = find_cipher(key.cipher);
  if (kind == nullptr)
    return "is encrypted with a cipher that is not known here";
  if (!key.encrypted()) {
    if (!makes_sense(key.sealed.reveal()))
      return "is damaged: its two check numbers differ";
    out = make_plain(key.public_key, key.sealed.reveal());
    return {};
  }
  auto derived = bcrypt_pbkdf(passphrase, key.salt, key.rounds,
                              kind->key + kind->iv, wanted);
  if (derived.empty())
    return passphrase.empty() ? "is encrypted, and there is no passphrase"
                              : "nobody waits for it any more";
  auto secret_key = derived.reveal().substr(0, kind->key);
  auto iv = derived.reveal().substr(kind->key);
  std::string plain;
  auto result = kind->name == chacha
                  ? decrypt_chacha(secret_key, key.tag, key.sealed.reveal(),
                                   plain)
                  : decrypt(kind->openssl, secret_key, iv, key.tag,
                            key.sealed.reveal(), plain);
  // What is left in this thread's queue would be taken for an error of others.
  ERR_clear_error();
  std::string wrong;
  if (result == outcome::no_cipher)
    wrong = "is encrypted with " + key.cipher + ", which OpenSSL lacks here";
  else if (result == outcome::wrong_key || !makes_sense(plain))
    wrong = "the passphrase is wrong";
  else
    out = make_plain(key.public_key, plain);
  wipe(plain);
  return wrong;
}

secret openssh_ed25519(std::string_view private_half,
                       std::string_view public_half) {
  constexpr std::string_view type = "ssh-ed25519";
  std::string public_key;
  put_string(public_key, type);
  put_string(public_key, public_half);
  std::string part;
  part.reserve(256);
  put_number(part, 0);
  put_number(part, 0);
  part += public_key;
  put_number(part,
             static_cast<uint32_t>(private_half.size() + public_half.size()));
  part += private_half;
  part += public_half;
  put_string(part, "");
  for (char i = 1; part.size() % padding != 0; ++i)
    part += i;
  auto result = make_plain(public_key, part);
  wipe(part);
  return result;
}

} // namespace tieline
