#include "tieline/actors/connection/description.hpp"

#include "tieline/actors/connection/attempt_failure.hpp"

#include <utility>

namespace tieline {

namespace {

std::string joined(std::string what, const std::string& more) {
  if (!what.empty() && !more.empty())
    what += "; ";
  return what + more;
}

std::string stage_in_words(session_stage x) {
  switch (x) {
    case session_stage::jump:
      return "waited for the session with its jump host";
    case session_stage::admission:
      return "waited for its turn to open";
    case session_stage::creation:
      return "the factory has not made a transport yet";
    case session_stage::opening:
      return "the transport has not opened the session yet";
    default:
      return {};
  }
}

} // namespace

waits_for waits(const snapshot& x) {
  // Whatever is held back, it ends.
  if (x.now == phase::closing)
    return waits_for::closing;
  if (x.now == phase::ended)
    return waits_for::nothing;
  if (x.status.held == hold::paused)
    return waits_for::resume;
  switch (x.now) {
    case phase::backoff:
      return waits_for::backoff;
    case phase::opening:
      if (x.session == session_stage::jump || x.status.reached == step::jump)
        return waits_for::jump_host;
      if (x.session == session_stage::admission)
        return waits_for::nothing;
      return x.session == session_stage::creation ? waits_for::factory
                                                  : waits_for::transport;
    case phase::open:
      if (x.probing)
        return waits_for::probe;
      if (x.leased)
        return waits_for::lease;
      return x.status.queued > 0 ? waits_for::running_requests
                                 : waits_for::nothing;
    case phase::draining:
      return waits_for::closing;
    default:
      return waits_for::nothing;
  }
}

step reached(const snapshot& x) {
  // Who waits for the next attempt hears how far the last one has come.
  if (x.now == phase::backoff && !last_attempt(x.status.last_error).empty())
    return failure_of(x.status.last_error).at;
  // There is a session: what waits is a request.
  if (x.now == phase::open)
    return step::execute;
  if (x.now != phase::opening)
    return step::open;
  if (x.session == session_stage::creation)
    return step::create;
  return x.status.reached == step::none ? step::open : x.status.reached;
}

std::string why_not_open(const snapshot& x) {
  if (x.status.held == hold::paused)
    return "paused by an operator";
  switch (x.now) {
    case phase::open:
      if (x.probing)
        return "waited in the queue: the session is being probed";
      return x.leased ? "waited in the queue: another caller has a lease"
                      : "waited in the queue: other requests run on the "
                        "session";
    case phase::opening:
      return joined(stage_in_words(x.session),
                    last_attempt(x.status.last_error));
    case phase::draining:
      return "the previous session has not ended yet";
    default:
      return last_attempt(x.status.last_error);
  }
}

std::string last_attempt(const caf::error& last_error) {
  if (!last_error || attempt_failure_of(last_error) == attempt_failure::refused)
    return {};
  return joined("last attempt: " + std::string{sentence(code_of(last_error))},
                failure_of(last_error).cause);
}

caf::error with_last_attempt(const caf::error& refusal,
                             const caf::error& last_error) {
  auto context = failure_of(refusal);
  context.cause = joined(context.cause, last_attempt(last_error));
  return make_error(code_of(refusal), std::move(context));
}

} // namespace tieline
