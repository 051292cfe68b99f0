#include "tieline/transports/http/tls.hpp"

#include "tieline/messages/secret_file.hpp"
#include "tieline/transports/credentials/key_cost.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstring>
#include <string_view>

namespace tieline::http {

namespace {

constexpr size_t max_file = size_t{8} << 20;

struct bio_deleter {
  void operator()(BIO* x) const {
    BIO_free(x);
  }
};

using bio_ptr = std::unique_ptr<BIO, bio_deleter>;

bio_ptr open_text(std::string_view text) {
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

// Without one OpenSSL asks for the passphrase on the terminal.
int give_passphrase(char* buffer, int size, int, void* passphrase) {
  auto text = static_cast<const secret*>(passphrase)->reveal();
  if (text.empty() || text.size() > static_cast<size_t>(size))
    return -1;
  std::memcpy(buffer, text.data(), text.size());
  return static_cast<int>(text.size());
}

std::string read_secret(const std::string& path, secret& out) {
  return read_secret_file(path, secret_text::all, out, max_file);
}

X509* next_certificate(BIO* from) {
  return PEM_read_bio_X509(from, nullptr, nullptr, nullptr);
}

// libcurl only has OpenSSL's words for them, which differ between versions.
void note_alert(const SSL* from, int where, int value) {
  if (where != SSL_CB_READ_ALERT || value >> 8 != SSL3_AL_FATAL)
    return;
  auto* alerts
    = static_cast<tls_alerts*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(from)));
  ++alerts->count;
  alerts->last = value & 0xff;
}

} // namespace

std::shared_ptr<const tls_material> tls_material::load(const profile& who,
                                                       std::string& wrong) {
  std::shared_ptr<tls_material> result{new tls_material};
  result->legacy_ = who.options.tls_legacy;
  wrong = result->load_trust(who);
  if (wrong.empty())
    wrong = result->load_certificate(who);
  // What is left in this thread's queue would be taken for an error of others.
  ERR_clear_error();
  return wrong.empty() ? result : nullptr;
}

tls_material::~tls_material() {
  X509_STORE_free(trust_);
  X509_free(certificate_);
  sk_X509_pop_free(chain_, X509_free);
  EVP_PKEY_free(key_);
}

bool tls_material::install(SSL_CTX* into, tls_alerts& alerts) const {
  SSL_CTX_set_app_data(into, &alerts);
  SSL_CTX_set_info_callback(into, note_alert);
  SSL_CTX_set1_cert_store(into, trust_);
  if (legacy_) {
    SSL_CTX_set_security_level(into, 1);
    SSL_CTX_set_options(into, SSL_OP_LEGACY_SERVER_CONNECT);
  }
  if (certificate_ == nullptr)
    return true;
  return SSL_CTX_use_certificate(into, certificate_) == 1
         && SSL_CTX_set1_chain(into, chain_) == 1
         && SSL_CTX_use_PrivateKey(into, key_) == 1;
}

std::string tls_material::load_trust(const profile& who) {
  trust_ = X509_STORE_new();
  const auto& path = who.options.ca_file;
  if (path.empty()) {
    if (who.options.verify && X509_STORE_set_default_paths(trust_) != 1)
      return "extras.ca_file: what the system trusts cannot be read";
    return {};
  }
  secret text;
  if (auto error = read_secret(path, text); !error.empty())
    return "extras.ca_file: " + error;
  auto from = open_text(text.reveal());
  auto any = false;
  while (auto* found = next_certificate(from.get())) {
    any = X509_STORE_add_cert(trust_, found) == 1 || any;
    X509_free(found);
  }
  return any ? "" : "extras.ca_file: has no certificate";
}

std::string tls_material::load_certificate(const profile& who) {
  const auto& options = who.options;
  if (options.client_cert_file.empty())
    return {};
  secret text;
  if (auto error = read_secret(options.client_cert_file, text); !error.empty())
    return "extras.client_cert_file: " + error;
  auto from = open_text(text.reveal());
  certificate_ = next_certificate(from.get());
  if (certificate_ == nullptr)
    return "extras.client_cert_file: has no certificate";
  chain_ = sk_X509_new_null();
  while (auto* found = next_certificate(from.get()))
    sk_X509_push(chain_, found);
  std::string place = "extras.client_cert_file";
  if (!who.client_key.empty()) {
    text = who.client_key;
    place = "secrets.client_key";
  } else if (!options.client_key_file.empty()) {
    place = "extras.client_key_file";
    if (auto error = read_secret(options.client_key_file, text); !error.empty())
      return place + ": " + error;
  }
  if (auto wrong = check_key_cost(text.reveal()); !wrong.empty())
    return place + ": " + wrong;
  from = open_text(text.reveal());
  auto passphrase = who.passphrase;
  key_ = PEM_read_bio_PrivateKey(from.get(), nullptr, give_passphrase,
                                 &passphrase);
  if (key_ == nullptr)
    return place + ": has no private key, or the passphrase is wrong";
  if (X509_check_private_key(certificate_, key_) != 1)
    return place + ": is not the key of the certificate";
  return {};
}

} // namespace tieline::http
