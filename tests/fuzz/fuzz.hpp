#pragma once

#include "tieline/messages/interfaces.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace tieline::fuzz {

/// Ends the program as a crash does if something does not hold.
inline void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Makes tieline's errors usable.
inline void prepare() {
  static const bool once = [] {
    init();
    return true;
  }();
  static_cast<void>(once);
}

} // namespace tieline::fuzz
