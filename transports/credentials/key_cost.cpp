#include "tieline/transports/credentials/key_cost.hpp"

#include "tieline/messages/support/base64.hpp"
#include "tieline/messages/support/wipe.hpp"
#include "tieline/transports/credentials/openssh_key.hpp"

#include <openssl/asn1t.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cctype>
#include <cstring>
#include <limits>
#include <memory>

namespace tieline {

namespace {

struct deleter {
  void operator()(BIO* x) const {
    BIO_free(x);
  }

  void operator()(X509_SIG* x) const {
    X509_SIG_free(x);
  }

  void operator()(PBE2PARAM* x) const {
    PBE2PARAM_free(x);
  }

  void operator()(PBEPARAM* x) const {
    PBEPARAM_free(x);
  }

  void operator()(PBKDF2PARAM* x) const {
    PBKDF2PARAM_free(x);
  }

  void operator()(SCRYPT_PARAMS* x) const {
    SCRYPT_PARAMS_free(x);
  }
};

template <class T>
using owned_ptr = std::unique_ptr<T, deleter>;

std::string check(uint64_t rounds, uint64_t most, const char* of) {
  if (rounds <= most)
    return {};
  return "its passphrase takes " + std::to_string(rounds) + " rounds of " + of
         + "; at most " + std::to_string(most) + " are allowed";
}

// -- OpenSSH's own format (PROTOCOL.key)
// ---------------------------------------

std::string check_openssh(std::string_view text) {
  constexpr std::string_view begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
  auto start = text.find(begin);
  if (start == std::string_view::npos)
    return {};
  std::string encoded;
  for (auto c : text.substr(start + begin.size())) {
    if (c == '-')
      break;
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      encoded += c;
  }
  auto bytes = from_base64(encoded);
  // A key that is not encrypted is in these, for all to read.
  wiped_at_end wipe_encoded{encoded};
  wiped_at_end wipe_bytes{bytes};
  openssh_key key;
  // Its reader will be told what else is wrong.
  read_openssh_key(bytes, key);
  return check(key.rounds, max_bcrypt_rounds, "bcrypt");
}

// -- PKCS #8 (RFC 5958, 8018)
// --------------------------------------------------

template <class T>
owned_ptr<T> unpack(const ASN1_ITEM* how, const ASN1_TYPE* from) {
  return owned_ptr<T>{static_cast<T*>(ASN1_TYPE_unpack_sequence(how, from))};
}

/// What does not fit is too much in any case.
uint64_t number(const ASN1_INTEGER* x) {
  uint64_t result = 0;
  return x != nullptr && ASN1_INTEGER_get_uint64(&result, x) == 1
           ? result
           : std::numeric_limits<uint64_t>::max();
}

uint64_t product(uint64_t x, uint64_t y) {
  return y != 0 && x > std::numeric_limits<uint64_t>::max() / y
           ? std::numeric_limits<uint64_t>::max()
           : x * y;
}

std::string check_algorithm(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* name = nullptr;
  int type = 0;
  const void* value = nullptr;
  X509_ALGOR_get0(&name, &type, &value, algorithm);
  const auto* params = algorithm->parameter;
  switch (OBJ_obj2nid(name)) {
    case NID_pbes2: {
      auto both = unpack<PBE2PARAM>(ASN1_ITEM_rptr(PBE2PARAM), params);
      return both ? check_algorithm(both->keyfunc) : std::string{};
    }
    case NID_id_pbkdf2: {
      auto found = unpack<PBKDF2PARAM>(ASN1_ITEM_rptr(PBKDF2PARAM), params);
      return found ? check(number(found->iter), max_pbkdf2_rounds, "PBKDF2")
                   : std::string{};
    }
    case NID_id_scrypt: {
      auto found = unpack<SCRYPT_PARAMS>(ASN1_ITEM_rptr(SCRYPT_PARAMS), params);
      if (!found)
        return {};
      auto cost = product(product(number(found->costParameter),
                                  number(found->blockSize)),
                          number(found->parallelizationParameter));
      return check(cost, max_scrypt_cost, "scrypt");
    }
    default: {
      // The older schemes all have salt and rounds.
      auto found = unpack<PBEPARAM>(ASN1_ITEM_rptr(PBEPARAM), params);
      return found ? check(number(found->iter), max_pbkdf2_rounds, "its KDF")
                   : std::string{};
    }
  }
}

std::string check_pem(std::string_view text) {
  owned_ptr<BIO> from{
    BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  std::string result;
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  while (result.empty() && from
         && PEM_read_bio(from.get(), &name, &header, &bytes, &size) == 1) {
    if (std::string_view{name} == PEM_STRING_PKCS8) {
      const unsigned char* at = bytes;
      owned_ptr<X509_SIG> found{d2i_X509_SIG(nullptr, &at, size)};
      const X509_ALGOR* algorithm = nullptr;
      if (found)
        X509_SIG_get0(found.get(), &algorithm, nullptr);
      if (algorithm != nullptr)
        result = check_algorithm(algorithm);
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, static_cast<size_t>(size));
  }
  // What is left in this thread's queue would be taken for an error of others.
  ERR_clear_error();
  return result;
}

} // namespace

std::string check_key_cost(std::string_view text) {
  auto wrong = check_openssh(text);
  return wrong.empty() ? check_pem(text) : wrong;
}

} // namespace tieline
