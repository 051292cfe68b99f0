#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <caf/timespan.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace tieline {

/// The circuit breakers of all endpoints: one that fails again and again is
/// left alone for a time, then one attempt, the probe, is let through. Tickets
/// that expect failures, or whose policy has no breaker, pass at any time, and
/// their failures do not count.
class breaker {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Whether an attempt may be made.
  struct verdict {
    bool passes = true;
    /// Stands for the attempt where it is the probe; else zero.
    uint64_t probe = 0;
    /// Where it may not: when to ask again.
    caf::timespan retry_after{0};
  };

  /// How it is with an endpoint.
  struct standing {
    breaker_state state = breaker_state::closed;
    /// Failures in a row.
    uint64_t failures = 0;
    /// Until the next probe; zero if one may be made, or is.
    caf::timespan reopens_in{0};
  };

  /// Returns whether the breaker does not concern a ticket.
  static bool is_exempt(const ticket& what) {
    return what.expects_failure || what.breaker_failures == 0;
  }

  /// Decides on an attempt. A probe is to be ended by one of the next three.
  verdict admit(const ticket& what, time_point now);

  /// The host answered; returns whether the breaker was open until now.
  bool answered(const std::string& endpoint);

  /// The host did not answer; returns for how long it is left alone if this is
  /// what opens the breaker.
  std::optional<caf::timespan> failed(const ticket& what, uint64_t probe,
                                      time_point now);

  /// The attempt says nothing about the host.
  void abandoned(const std::string& endpoint, uint64_t probe);

  /// Forgets an endpoint; returns whose failure had opened its breaker, if it
  /// was open.
  std::optional<connection_key> reset(const std::string& endpoint);

  standing of(const std::string& endpoint, time_point now) const;

  /// Returns how many endpoints are remembered: those that failed last, within
  /// a day or two.
  size_t size() const noexcept {
    return entries_.size();
  }

private:
  struct entry {
    uint64_t failures = 0;
    time_point last_failure;
    bool open = false;
    connection_key opened_by;
    time_point reopens;
    caf::timespan delay{0};
    uint64_t probe = 0;
  };

  void forget_old(time_point now);

  std::unordered_map<std::string, entry> entries_;
  uint64_t last_probe_ = 0;
  size_t forget_at_ = 64;
};

} // namespace tieline
