#pragma once

#include "support/temp_dir.hpp"

#include <string>

namespace tieline::test {

/// A certificate with its key: the paths of two PEM files.
struct certificate {
  std::string file;
  std::string key;
};

/// What a certificate is to be.
struct certificate_wish {
  /// Lines for `subjectAltName`, e.g. `DNS:localhost,IP:127.0.0.1`.
  std::string names = "DNS:localhost,IP:127.0.0.1";
  /// Ended yesterday.
  bool expired = false;
  /// Encrypts the key; empty: it is in clear.
  std::string passphrase;
};

/// A certificate authority of a test's own, run by the program openssl.
class authority {
public:
  authority();

  /// Returns the path of its own certificate.
  const std::string& file() const noexcept {
    return file_;
  }

  certificate issue(const std::string& name, const certificate_wish& wish = {});

private:
  temp_dir dir_;
  std::string file_;
  std::string key_;
};

} // namespace tieline::test
