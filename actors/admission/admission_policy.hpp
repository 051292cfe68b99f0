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

/// Refuses attempts whose host is left alone or whose credential is stopped. It
/// learns this from the outcomes of other attempts.
class admission_policy {
public:
  using time_point = breaker::time_point;

  /// @param credential_failures is the setting.
  explicit admission_policy(uint64_t credential_failures)
    : credentials_(credential_failures) {
    // nop
  }

  /// Decides on an attempt. Returns why it is refused, or sets `probe` to the
  /// value to pass to @ref learn later.
  caf::error admit(const ticket& what, time_point now, uint64_t& probe);

  /// Returns why such an attempt would be refused now, if it would. The
  /// question does not count as an attempt.
  caf::error refusal(const ticket& what, time_point now) const;

  /// Learns the outcome of an attempt. Returns the changes that follow from it.
  std::vector<lifecycle_event> learn(const ticket& what, uint64_t probe,
                                     attempt_outcome outcome, time_point now);

  /// Forgets the failures of an endpoint.
  std::vector<lifecycle_event> reset(const std::string& endpoint);

  /// Forgets the failures of the credentials of a username. Returns one event
  /// for each credential that was stopped.
  std::vector<lifecycle_event> clear(const std::string& username);

  /// Adds what it knows to the status.
  void explain(const ticket& what, time_point now, admission_status& to) const;

private:
  caf::error circuit_open(const ticket& what, time_point now,
                          caf::timespan retry_after) const;

  caf::error credential_stopped(const ticket& what) const;

  breaker breaker_;
  credential_guard credentials_;
};

} // namespace tieline
