#include "tieline/actors/admission/admission_policy.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/support/text.hpp"

namespace tieline {

namespace {

lifecycle_event event(const connection_key& key, event_kind what) {
  lifecycle_event result;
  result.key = key;
  result.what = what;
  return result;
}

} // namespace

caf::error admission_policy::admit(const ticket& what, time_point now,
                                   uint64_t& probe) {
  // First, so that it does not take the place of a probe.
  if (credentials_.holds_back(what.credential, now))
    return credential_stopped(what);
  auto decision = breaker_.admit(what, now);
  if (!decision.passes)
    return circuit_open(what, now, decision.retry_after);
  probe = decision.probe;
  return {};
}

caf::error admission_policy::refusal(const ticket& what, time_point now) const {
  if (credentials_.of(what.credential).stopped)
    return credential_stopped(what);
  auto host = breaker_.of(what.endpoint, now);
  if (host.state == breaker_state::open && !breaker::is_exempt(what))
    return circuit_open(what, now, host.reopens_in);
  return {};
}

std::vector<lifecycle_event>
admission_policy::learn(const ticket& what, uint64_t probe,
                        attempt_outcome outcome, time_point now) {
  std::vector<lifecycle_event> result;
  switch (outcome) {
    case attempt_outcome::abandoned:
      breaker_.abandoned(what.endpoint, probe);
      return result;
    case attempt_outcome::network_failed:
      if (auto delay = breaker_.failed(what, probe, now)) {
        result.push_back(event(what.key, event_kind::circuit_opened));
        result.back().reason = circuit_open(what, now, *delay);
        result.back().span = *delay;
      }
      return result;
    case attempt_outcome::opened:
      if (auto key = credentials_.accepted(what))
        result.push_back(event(*key, event_kind::credential_cleared));
      break;
    case attempt_outcome::auth_failed:
      if (credentials_.refused(what, now)) {
        result.push_back(event(what.key, event_kind::credential_stopped));
        result.back().reason = credential_stopped(what);
      }
      break;
    case attempt_outcome::failed:
      break;
  }
  // Whatever else it said, the host answered.
  if (breaker_.answered(what.endpoint))
    result.push_back(event(what.key, event_kind::circuit_closed));
  return result;
}

std::vector<lifecycle_event>
admission_policy::reset(const std::string& endpoint) {
  if (auto key = breaker_.reset(endpoint))
    return {event(*key, event_kind::circuit_closed)};
  return {};
}

std::vector<lifecycle_event>
admission_policy::clear(const std::string& username) {
  std::vector<lifecycle_event> result;
  for (const auto& key : credentials_.clear(username))
    result.push_back(event(key, event_kind::credential_cleared));
  return result;
}

void admission_policy::explain(const ticket& what, time_point now,
                               admission_status& to) const {
  auto host = breaker_.of(what.endpoint, now);
  to.breaker = host.state;
  to.breaker_failures = host.failures;
  to.breaker_reopens_in = host.reopens_in;
  auto login = credentials_.of(what.credential);
  to.credential_stopped = login.stopped;
  to.credential_failures = login.failures;
}

caf::error admission_policy::circuit_open(const ticket& what, time_point now,
                                          caf::timespan retry_after) const {
  auto failures = breaker_.of(what.endpoint, now).failures;
  return make_error(errc::circuit_open,
                    {what.key, step::open,
                     what.endpoint + ": " + counted(failures, "failure")
                       + " in a row",
                     retry_after});
}

caf::error admission_policy::credential_stopped(const ticket& what) const {
  auto hosts = credentials_.of(what.credential).failures;
  return make_error(errc::credential_stopped,
                    {what.key, step::auth,
                     counted(hosts, "host")
                       + " in a row refused the credential of '" + what.username
                       + "'",
                     caf::timespan{0}});
}

} // namespace tieline
