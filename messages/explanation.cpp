#include "tieline/messages/explanation.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/support/printable.hpp"
#include "tieline/messages/support/readable.hpp"
#include "tieline/messages/support/text.hpp"

#include <utility>

namespace tieline {

namespace {

void add(std::string& out, const std::string& line) {
  out += "  " + printable(line) + '\n';
}

std::string place(const admission_status& x) {
  std::string result;
  if (x.limit > 0)
    result += ", " + std::to_string(x.used) + " of " + std::to_string(x.limit)
              + " taken";
  if (x.position > 0)
    result += ", number " + std::to_string(x.position) + " in the queue";
  return result;
}

/// Returns what is waited for, in words that go after `new work waits for`.
std::string object_of(const explanation& x) {
  switch (x.what) {
    case waits_for::nothing:
      break;
    case waits_for::factory:
      return "a factory to make its transport";
    case waits_for::resume:
      return "an operator to resume it";
    case waits_for::backoff:
      return "the next attempt";
    case waits_for::jump_host:
      return "the session with its jump host";
    case waits_for::transport: {
      auto at = x.status.reached;
      auto told = at != step::none && at != step::open;
      return "the session to open" + (told ? " (" + to_string(at) + ')' : "");
    }
    case waits_for::probe:
      return "the host to answer a probe";
    case waits_for::running_requests:
      return "requests that run: the session takes no more at once";
    case waits_for::lease:
      return "the end of a lease of the session";
    case waits_for::closing:
      return "the old session to close";
    case waits_for::max_opening:
    case waits_for::max_opening_per_credential:
    case waits_for::max_opening_per_jump_domain:
    case waits_for::opens_per_minute:
    case waits_for::max_sessions: {
      auto result = "its turn, by tieline." + to_string(x.what);
      if (x.what == x.admission.what)
        result += place(x.admission);
      return result;
    }
  }
  return "nothing";
}

void add_state(std::string& out, const connection_status& x) {
  out += printable(to_string(x.key)) + ": " + to_string(x.state);
  if (x.held != hold::none)
    out += ", " + to_string(x.held);
  if (x.since != caf::timestamp{})
    out += ", since " + readable(x.since);
  out += '\n';
}

void add_session(std::string& out, const explanation& x) {
  if (x.session_age.count() <= 0)
    return;
  auto use = x.idle.count() > 0 ? "idle for " + readable(x.idle)
                                : std::string{"in use"};
  add(out, "session up for " + readable(x.session_age) + ", " + use);
}

void add_wait(std::string& out, const explanation& x) {
  std::string when;
  if (x.next_attempt_in.count() > 0)
    when = "in " + readable(x.next_attempt_in);
  if (x.what != waits_for::nothing) {
    auto line = "new work waits for " + object_of(x);
    if (x.what == waits_for::backoff && !when.empty())
      line += ", " + std::exchange(when, {});
    add(out, line);
  }
  if (!when.empty())
    add(out, "next attempt " + when);
}

void add_work(std::string& out, const char* what, uint64_t total,
              const std::vector<work_status>& listed) {
  for (const auto& x : listed)
    add(out,
        std::string{what} + " for " + readable(x.span) + ", asked by " + x.who);
  if (!listed.empty() && total > listed.size())
    add(out, "and " + std::to_string(total - listed.size()) + " more");
}

void add_breaker(std::string& out, const admission_status& x) {
  if (x.breaker == breaker_state::closed && x.breaker_failures == 0)
    return;
  auto line = "the host failed " + counted(x.breaker_failures, "time")
              + " in a row";
  if (x.breaker == breaker_state::half_open)
    line += ": one attempt is let through, to see";
  else if (x.breaker == breaker_state::open)
    line += ": it is left alone for another " + readable(x.breaker_reopens_in);
  add(out, line);
}

void add_credential(std::string& out, const admission_status& x) {
  if (!x.credential_stopped && x.credential_failures == 0)
    return;
  auto line = counted(x.credential_failures, "host")
              + " in a row refused the credential";
  if (x.credential_stopped)
    line += ": logins with it are stopped until it is cleared";
  add(out, line);
}

void add_hops(std::string& out, const std::vector<connection_status>& hops) {
  for (const auto& x : hops) {
    auto line = "via " + to_string(x.key) + ": " + to_string(x.state);
    if (x.reached != step::none)
      line += " (" + to_string(x.reached) + ')';
    if (x.held != hold::none)
      line += ", " + to_string(x.held);
    if (x.last_error)
      line += ", last error: " + describe(x.last_error);
    add(out, line);
  }
}

} // namespace

std::string describe(const explanation& x) {
  const auto& now = x.status;
  std::string result;
  add_state(result, now);
  add_session(result, x);
  for (const auto& line : x.configured)
    add(result, line);
  add_hops(result, x.hops);
  add_wait(result, x);
  add_breaker(result, x.admission);
  add_credential(result, x.admission);
  if (now.last_error)
    add(result, "last error: " + describe(now.last_error));
  add(result, counted(now.attempts, "attempt") + ", "
                + counted(now.waiting, "caller") + " and "
                + counted(now.queued, "request") + " waiting, "
                + counted(now.in_flight, "request") + " running");
  add_work(result, "runs", now.in_flight, x.running);
  add_work(result, "waits", now.queued, x.queued);
  return result;
}

} // namespace tieline
