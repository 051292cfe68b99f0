#pragma once

#include <cstdint>
#include <ostream>

namespace tieline::test {

/// Where nobody answers.
struct absence {
  const char* host;
  /// Zero: one that refuses.
  uint16_t port;
  const char* expected;
};

inline std::ostream& operator<<(std::ostream& out, const absence& x) {
  return out << x.expected << ", " << x.host;
}

} // namespace tieline::test
