#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace tieline {

/// How many events a listener may have before it that it has not answered, and
/// how many it has lost since there were as many.
class credit {
public:
  explicit credit(uint64_t limit) : limit_(limit) {
    // nop
  }

  /// To be asked for each event: returns how many were lost before it if it
  /// may go out, or nothing if it is lost itself.
  std::optional<uint64_t> spend() {
    if (unanswered_ >= limit_) {
      ++lost_;
      return std::nullopt;
    }
    ++unanswered_;
    return std::exchange(lost_, 0);
  }

  /// An event that went out was answered.
  void give_back() {
    if (unanswered_ > 0)
      --unanswered_;
  }

private:
  uint64_t limit_;
  uint64_t unanswered_ = 0;
  uint64_t lost_ = 0;
};

} // namespace tieline
