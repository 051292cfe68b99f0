#pragma once

#include "tieline/actors/connection/lifecycle.hpp"
#include "tieline/messages/connection_status.hpp"
#include "tieline/messages/errc.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace tieline {

/// Returns with what a connection refuses an open, a request or an order, or
/// `errc::none`. Of two reasons the one that lasts longer holds: an operator
/// can take back a drain, but nobody a close.
/// @param closed_as what a connection answers that is closed, or about to be
inline errc refusal(phase now, hold held, errc closed_as) noexcept {
  if (now == phase::closing || now == phase::ended)
    return closed_as;
  return held == hold::draining ? errc::draining : errc::none;
}

/// What operators have told a connection to hold back, and who waits for it to
/// be drained.
class holds {
public:
  explicit holds(hold now) : now_(now) {
    // nop
  }

  hold now() const noexcept {
    return now_;
  }

  bool paused() const noexcept {
    return now_ == hold::paused;
  }

  bool draining() const noexcept {
    return now_ == hold::draining;
  }

  /// Returns whether that is new.
  bool set(hold next) noexcept {
    return std::exchange(now_, next) != next;
  }

  /// @param then is called once by @ref drained
  void expect_drained(std::function<void()> then) {
    drainers_.push_back(std::move(then));
  }

  bool drain_expected() const noexcept {
    return !drainers_.empty();
  }

  /// Tells all who wait for the drain that it is done, or is not to be.
  void drained() {
    for (auto& then : std::exchange(drainers_, {}))
      then();
  }

private:
  hold now_;
  std::vector<std::function<void()>> drainers_;
};

} // namespace tieline
