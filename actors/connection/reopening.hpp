#pragma once

#include "tieline/actors/connection/failure_class.hpp"
#include "tieline/actors/policy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tieline {

/// Decides whether and when a connection is opened again, after attempts that
/// failed and sessions that were lost.
class reopening {
public:
  using time_point = std::chrono::steady_clock::time_point;

  // -- what happens -----------------------------------------------------------

  /// The params are others than before.
  void params_changed(const policy& how);

  /// Somebody asks for a session in so many words: what went wrong before does
  /// not count.
  void asked(const policy& how);

  /// Somebody asks for something that needs a session.
  void needed(const policy& how);

  /// A session is, or is not, wanted though nobody waits for it.
  void want(bool wanted) {
    wanted_ = wanted;
  }

  /// Until then failures and losses are those of a reboot.
  void expect_loss(time_point until) {
    reboot_until_ = until;
  }

  /// Params that were refused may be tried again.
  void pardon() {
    terminal_ = false;
  }

  void attempt_begins() {
    retry_ = false;
  }

  void opened() {
    reopenable_ = true;
    wanted_ = false;
    refused_ = false;
    not_before_ = time_point::min();
  }

  /// @param patience until when somebody waits for a session, if anybody does
  /// @param random01 from 0 to 1
  void failed(const caf::error& reason, time_point now,
              std::optional<time_point> patience, const policy& how,
              double random01);

  /// @param held nothing is to be opened now
  void lost(time_point opened_at, time_point now, bool held, const policy& how,
            double random01);

  // -- what follows -----------------------------------------------------------

  /// The params were good once, and have not been refused since.
  bool reopenable() const noexcept {
    return reopenable_ && !terminal_;
  }

  bool terminal() const noexcept {
    return terminal_;
  }

  bool wanted() const noexcept {
    return wanted_;
  }

  /// Those who wait are to wait for another attempt.
  bool retrying() const noexcept {
    return retry_;
  }

  /// There is to be another attempt after the one that failed.
  bool goes_on() const noexcept {
    return retry_ || wanted_;
  }

  bool rebooting(time_point now) const noexcept {
    return now < reboot_until_;
  }

  /// Returns whether work has to wait for the time of the next attempt. Not
  /// after a refusal: whoever refused says anew what holds now.
  bool early(time_point now) const noexcept {
    return now < not_before_ && !refused_;
  }

  /// Returns before which time there is to be no attempt unasked.
  time_point not_before() const noexcept {
    return not_before_;
  }

private:
  caf::timespan next_wait(time_point now, const policy& how, double random01);

  bool reopenable_ = false;
  bool terminal_ = false;
  bool wanted_ = false;
  bool retry_ = false;
  /// The admission has refused the last attempt.
  bool refused_ = false;
  uint64_t retries_left_ = 0;
  /// What went wrong in a row.
  uint64_t strikes_ = 0;
  time_point not_before_ = time_point::min();
  time_point reboot_until_ = time_point::min();
};

} // namespace tieline
