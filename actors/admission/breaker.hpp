#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/support/pruning.hpp"

#include <caf/timespan.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace tieline {

/// The circuit breakers of all endpoints. An endpoint that fails too often is
/// left alone for a time. After that one attempt, the probe, goes ahead.
/// Tickets that expect a failure, or whose policy has no breaker, always pass,
/// and their failures do not count.
class breaker {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Whether an attempt may be made.
  struct decision {
    bool passes = true;
    /// Identifies the attempt if it is the probe; else zero.
    uint64_t probe = 0;
    /// If the attempt may not be made: the time after which to ask again.
    caf::timespan retry_after{0};
  };

  /// The state of an endpoint.
  struct standing {
    breaker_state state = breaker_state::closed;
    /// Consecutive failures.
    uint64_t failures = 0;
    /// Time until the next probe. Zero: a probe is allowed or under way.
    caf::timespan reopens_in{0};
  };

  /// Returns whether the ticket passes the breaker in any case.
  static bool is_exempt(const ticket& what) {
    return what.expects_failure || what.breaker_failures == 0;
  }

  /// Decides on an attempt. Each probe has to be reported to one of the next
  /// three functions.
  decision admit(const ticket& what, time_point now);

  /// Records that the host answered. Returns whether the breaker was open.
  bool answered(const std::string& endpoint);

  /// Records that the host did not answer. If this opens the breaker, returns
  /// how long the host is left alone.
  std::optional<caf::timespan> failed(const ticket& what, uint64_t probe,
                                      time_point now);

  /// Records that the attempt says nothing about the host.
  void abandoned(const std::string& endpoint, uint64_t probe);

  /// Forgets an endpoint. If its breaker was open, returns the connection whose
  /// failure had opened it.
  std::optional<connection_key> reset(const std::string& endpoint);

  standing of(const std::string& endpoint, time_point now) const;

  /// Returns how many endpoints are remembered: those whose last attempt
  /// failed, within a day or two.
  size_t size() const noexcept {
    return entries_.size();
  }

private:
  struct entry {
    uint64_t failures = 0;
    time_point last_failure;
    bool open = false;
    connection_key opened_by;
    /// How often it has opened again in a row: each time for longer.
    uint64_t reopened = 0;
    time_point reopens;
    uint64_t probe = 0;
  };

  /// Hosts that failed and that nobody wants any more are forgotten.
  std::unordered_map<std::string, entry> entries_;
  pruning pruning_;
  uint64_t last_probe_ = 0;
};

} // namespace tieline
