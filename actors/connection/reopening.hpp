#pragma once

#include "tieline/actors/connection/attempt_failure.hpp"
#include "tieline/actors/connection/policy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace tieline {

/// Decides whether and when a connection is reopened after failed attempts and
/// lost sessions.
class reopening {
public:
  using time_point = std::chrono::steady_clock::time_point;

  // -- what happens -----------------------------------------------------------

  /// The params have changed.
  void params_changed(const policy& how);

  /// A caller asks for a session explicitly, so earlier failures do not count.
  void asked(const policy& how);

  /// A caller asks for something that needs a session.
  void needed(const policy& how);

  /// Sets whether a session is wanted although no caller waits for it.
  void want(bool wanted) {
    wanted_ = wanted;
  }

  /// Until then, failures and losses belong to a reboot.
  void expect_loss(time_point until) {
    reboot_until_ = until;
  }

  /// Params that were refused may be tried again from now on.
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

  /// @param patience until when a caller waits for a session, if one does
  /// @param random01 from 0 to 1
  void failed(const caf::error& reason, time_point now,
              std::optional<time_point> patience, const policy& how,
              double random01);

  /// @param held whether nothing may be opened now
  /// @param worked whether the session has answered a request, then was ended
  ///        by the peer: that is no failure
  void lost(time_point opened_at, time_point now, bool held, const policy& how,
            double random01, bool worked = false);

  // -- what follows -----------------------------------------------------------

  /// Returns whether the params were good once and were not refused since.
  bool reopenable() const noexcept {
    return reopenable_ && !terminal_;
  }

  bool terminal() const noexcept {
    return terminal_;
  }

  bool wanted() const noexcept {
    return wanted_;
  }

  /// Returns whether waiting callers wait for another attempt.
  bool retrying() const noexcept {
    return retry_;
  }

  /// Returns whether another attempt follows the one that failed.
  bool goes_on() const noexcept {
    return retry_ || wanted_;
  }

  bool rebooting(time_point now) const noexcept {
    return now < reboot_until_;
  }

  /// Returns whether work has to wait for the time of the next attempt. It need
  /// not after a refusal, because the admission decides anew.
  bool early(time_point now) const noexcept {
    return now < not_before_ && !refused_;
  }

  /// Returns the time before which no attempt is made without a request.
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
  /// Consecutive failures and losses.
  uint64_t strikes_ = 0;
  time_point not_before_ = time_point::min();
  time_point reboot_until_ = time_point::min();
};

} // namespace tieline
