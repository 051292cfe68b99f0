#pragma once

#include <cstring>
#include <string>

namespace tieline {

/// Empties a text that held a secret and leaves nothing of it in its memory.
inline void wipe(std::string& text) noexcept {
  // The whole capacity: a shorter value may have replaced a longer one.
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

/// Wipes a text at the end of a scope.
class wiped_at_end {
public:
  explicit wiped_at_end(std::string& text) noexcept : text_(text) {
    // nop
  }

  wiped_at_end(const wiped_at_end&) = delete;

  wiped_at_end& operator=(const wiped_at_end&) = delete;

  ~wiped_at_end() {
    wipe(text_);
  }

private:
  std::string& text_;
};

} // namespace tieline
