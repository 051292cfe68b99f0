#pragma once

#include <cstdint>

namespace tieline {

/// The state of the cipher Blowfish: what bcrypt stirs. OpenSSL does not give
/// the one that each key begins with.
struct blowfish {
  uint32_t p[18];
  uint32_t s[4][256];

  /// Before any key.
  static const blowfish initial;
};

} // namespace tieline
