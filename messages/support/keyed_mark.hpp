#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// Stands for secrets where they are only compared: the same for the same
/// parts in the same order, within one process. Tells nothing about them, since
/// the key is random (HMAC-SHA-256, 256 bits of getrandom(2)).
struct keyed_mark {
  std::array<unsigned char, 32> bytes{};

  /// Returns all of it, as lower-case hexadecimal digits.
  std::string hex() const;

  /// Returns a part of it that is never zero.
  uint64_t number() const;

  friend bool operator==(const keyed_mark& x, const keyed_mark& y) {
    return x.bytes == y.bytes;
  }

  friend bool operator<(const keyed_mark& x, const keyed_mark& y) {
    return x.bytes < y.bytes;
  }
};

keyed_mark make_keyed_mark(const std::vector<std::string_view>& parts);

} // namespace tieline
