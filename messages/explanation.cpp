#include "tieline/messages/explanation.hpp"

#include "tieline/messages/failure.hpp"

#include <caf/deep_to_string.hpp>

namespace tieline {

namespace {

void add_work(std::string& out, const char* what,
              const std::vector<work_status>& work) {
  for (const auto& x : work)
    out += std::string{"  "} + what + " for " + caf::deep_to_string(x.span)
           + ", asked by " + x.who + '\n';
}

std::string place(const admission_status& x) {
  auto result = " (" + std::to_string(x.used) + " of " + std::to_string(x.limit)
                + " taken";
  if (x.position > 0)
    result += ", number " + std::to_string(x.position) + " in the queue";
  return result + ")";
}

} // namespace

std::string describe(const explanation& x) {
  const auto& now = x.status;
  auto result = to_string(now.key) + ": " + to_string(now.state);
  if (now.held != hold::none)
    result += ", " + to_string(now.held);
  result += ", since " + caf::deep_to_string(now.since) + '\n';
  if (x.what != waits_for::nothing) {
    result += "  waits for: " + to_string(x.what);
    if (x.what == x.admission.what && x.admission.limit > 0)
      result += place(x.admission);
    result += '\n';
  }
  if (x.next_attempt_in.count() > 0)
    result += "  next attempt in " + caf::deep_to_string(x.next_attempt_in)
              + '\n';
  if (x.session_age.count() > 0)
    result += "  session up for " + caf::deep_to_string(x.session_age) + '\n';
  if (x.idle.count() > 0)
    result += "  idle for " + caf::deep_to_string(x.idle) + '\n';
  result += "  " + std::to_string(now.attempts) + " attempts, "
            + std::to_string(now.waiting) + " callers wait, "
            + std::to_string(now.queued) + " requests queued, "
            + std::to_string(now.in_flight) + " in flight\n";
  add_work(result, "runs", x.running);
  add_work(result, "waits", x.queued);
  if (x.admission.breaker_failures > 0)
    result += "  circuit breaker " + to_string(x.admission.breaker) + " after "
              + std::to_string(x.admission.breaker_failures)
              + " failures in a row\n";
  if (x.admission.breaker_reopens_in.count() > 0)
    result += "  host is left alone for another "
              + caf::deep_to_string(x.admission.breaker_reopens_in) + '\n';
  if (x.admission.credential_stopped)
    result += "  the credential is stopped: "
              + std::to_string(x.admission.credential_failures)
              + " hosts in a row refused it\n";
  if (now.last_error)
    result += "  last error: " + describe(now.last_error) + '\n';
  return result;
}

} // namespace tieline
