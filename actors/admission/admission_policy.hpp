#pragma once

#include "tieline/actors/admission/breaker.hpp"
#include "tieline/actors/admission/credential_guard.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/lifecycle_event.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tieline {

/// Refuses attempts that hosts or credentials are held back from, as it learns
/// from how others came out.
class admission_policy {
public:
  using time_point = breaker::time_point;

  /// @param credential_failures is the setting.
  explicit admission_policy(uint64_t credential_failures)
    : credentials_(credential_failures) {
    // nop
  }

  /// Decides on an attempt: sets `probe` to what @ref learn is to be told
  /// later, or returns why it is refused.
  caf::error admit(const ticket& what, time_point now, uint64_t& probe);

  /// Returns why attempts like this are refused now, if they are. Does not
  /// count as one.
  caf::error refusal(const ticket& what, time_point now) const;

  /// Learns how an attempt came out; returns what changed by that.
  std::vector<lifecycle_event> learn(const ticket& what, uint64_t probe,
                                     attempt_outcome outcome, time_point now);

  /// Forgets the failures of an endpoint.
  std::vector<lifecycle_event> reset(const std::string& endpoint);

  /// Forgets the failures of a username's credentials; one event for each that
  /// was stopped.
  std::vector<lifecycle_event> clear(const std::string& username);

  /// Fills in what it knows.
  void explain(const ticket& what, time_point now, admission_status& to) const;

private:
  caf::error circuit_open(const ticket& what, time_point now,
                          caf::timespan retry_after) const;

  caf::error credential_stopped(const ticket& what) const;

  breaker breaker_;
  credential_guard credentials_;
};

} // namespace tieline
