#pragma once

#include "tieline/transports/io/poller.hpp"

#include <caf/timespan.hpp>

#include <cstdint>

namespace tieline::ssh {

/// Decides when a silent peer is asked for a sign of life, and when it has
/// left that unanswered for too long. Whatever arrives is a sign of life.
class keepalive {
public:
  using time_point = io::clock::time_point;

  enum class decision {
    /// There is nothing to do before `deadline()`.
    wait,
    /// The peer is to be asked; tell by `asked` if it could be.
    ask,
    /// The peer is gone.
    lost,
  };

  /// @param interval how long a peer may be silent; zero: for ever
  /// @param count intervals it has to answer
  keepalive(caf::timespan interval, uint64_t count, time_point now)
    : interval_(interval),
      count_(count),
      heard_(now),
      deadline_(in_an_interval(now)) {
    // nop
  }

  /// Returns what to do.
  /// @param received how much the peer has sent so far
  decision judge(time_point now, uint64_t received);

  /// The peer was asked, with or without a decision. While it was silent since
  /// it was asked before this changes nothing.
  /// @param received how much it had sent before
  void asked(time_point now, uint64_t received);

  /// Returns whether the peer was asked and has sent nothing since.
  /// @param received how much it has sent so far
  bool waits(uint64_t received) const noexcept {
    return waits_ && received == received_;
  }

  /// Returns when to judge at the latest.
  time_point deadline() const noexcept {
    return deadline_;
  }

  /// Returns how long a peer has to answer.
  caf::timespan patience() const noexcept {
    return interval_ * static_cast<caf::timespan::rep>(count_);
  }

private:
  time_point in_an_interval(time_point now) const {
    return interval_.count() > 0 ? now + interval_ : io::never;
  }

  caf::timespan interval_;
  uint64_t count_;
  uint64_t received_ = 0;
  time_point heard_;
  bool waits_ = false;
  // Intervals since the peer was asked.
  uint64_t unanswered_ = 0;
  time_point deadline_;
};

} // namespace tieline::ssh
