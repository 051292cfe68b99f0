#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace tieline {

/// How many unanswered events a listener may have, and how many events it has
/// lost since it had that many.
class credit {
public:
  explicit credit(uint64_t limit) : limit_(limit) {
    // nop
  }

  /// Spends credit for one event. If it may go out, returns how many events
  /// were lost before it. If it is lost itself, returns nothing.
  std::optional<uint64_t> spend() {
    if (unanswered_ >= limit_) {
      ++lost_;
      return std::nullopt;
    }
    ++unanswered_;
    return std::exchange(lost_, 0);
  }

  /// Gives credit back for the answer to an event.
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
