#pragma once

#include "tieline/transports/http/profile.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

namespace tieline::http {

/// The fatal alerts of a session's peers (RFC 8446, 6).
struct tls_alerts {
  uint64_t count = 0;
  /// The description of the last one.
  int last = 0;
};

/// Whom a session trusts, and what it shows to servers that ask who it is. Read
/// from its files once, so that no handshake waits for a disk.
class tls_material {
public:
  /// Reads the files of a profile; may block. Sets `wrong` to what is wrong
  /// with them, naming the param, and returns null then.
  static std::shared_ptr<const tls_material> load(const profile& who,
                                                  std::string& wrong);

  tls_material(const tls_material&) = delete;

  tls_material& operator=(const tls_material&) = delete;

  ~tls_material();

  /// Hands all of it to what a connection is made of, which then tells of its
  /// alerts as long as it lives. Returns false if OpenSSL refuses.
  bool install(SSL_CTX* into, tls_alerts& alerts) const;

private:
  tls_material() = default;

  std::string load_trust(const profile& who);

  std::string load_certificate(const profile& who);

  X509_STORE* trust_ = nullptr;
  X509* certificate_ = nullptr;
  STACK_OF(X509) * chain_ = nullptr;
  EVP_PKEY* key_ = nullptr;
  bool legacy_ = false;
};

} // namespace tieline::http
