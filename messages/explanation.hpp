#pragma once

#include "tieline/messages/connection_status.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tieline {

/// What a connection waits for.
enum class waits_for : uint8_t {
  nothing,
  /// The factory, which makes the first transport of the connection.
  factory,
  /// A `resume` by an operator.
  resume,
  /// The time of the next attempt.
  backoff,
  // A place below the limit of the setting with this name.
  max_opening,
  max_opening_per_credential,
  max_opening_per_jump_domain,
  opens_per_minute,
  max_sessions,
  /// The session with a jump host.
  jump_host,
  /// The session that is being opened.
  transport,
  /// The answer to a probe of a session that was idle.
  probe,
  /// The end of a running request: the session runs as many as it can.
  running_requests,
  /// The end of a lease that another caller has.
  lease,
  /// The end of the previous session.
  closing,
};

template <>
struct names_of<waits_for> {
  static constexpr std::string_view values[] = {
    "nothing",
    "factory",
    "resume",
    "backoff",
    "max-opening",
    "max-opening-per-credential",
    "max-opening-per-jump-domain",
    "opens-per-minute",
    "max-sessions",
    "jump host",
    "transport",
    "probe",
    "running requests",
    "lease",
    "closing",
  };
};

/// The circuit breaker of a host: whether the host is left alone.
enum class breaker_state : uint8_t {
  /// Attempts go ahead.
  closed,
  /// Attempts are refused.
  open,
  /// One attempt goes ahead as a trial.
  half_open,
};

template <>
struct names_of<breaker_state> {
  static constexpr std::string_view values[] = {"closed", "open", "half_open"};
};

/// The admission's view of an open that waits, or of one that would begin now.
struct admission_status {
  /// The limit that it waits for; `nothing` if it does not wait.
  waits_for what = waits_for::nothing;
  /// Its position in the waiting line, from 1. Zero: it does not wait.
  uint64_t position = 0;
  /// How many places of that limit are taken, and how many there are.
  uint64_t used = 0;
  uint64_t limit = 0;
  breaker_state breaker = breaker_state::closed;
  /// Consecutive failures of the host.
  uint64_t breaker_failures = 0;
  /// Time until the host is tried again.
  caf::timespan breaker_reopens_in{0};
  bool credential_stopped = false;
  /// Consecutive hosts that refused the credential.
  uint64_t credential_failures = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, admission_status& x) {
    return f.object(x).fields(
      f.field("what", x.what), f.field("position", x.position),
      f.field("used", x.used), f.field("limit", x.limit),
      f.field("breaker", x.breaker),
      f.field("breaker_failures", x.breaker_failures),
      f.field("breaker_reopens_in", x.breaker_reopens_in),
      f.field("credential_stopped", x.credential_stopped),
      f.field("credential_failures", x.credential_failures));
  }
};

/// A request that runs or waits, and its caller.
struct work_status {
  /// Who asked: `request::caller`, or else the actor, as `name#id@node`.
  std::string who;
  /// How long it has run or waited.
  caf::timespan span{0};

  template <class Inspector>
  friend bool inspect(Inspector& f, work_status& x) {
    return f.object(x).fields(f.field("who", x.who), f.field("span", x.span));
  }
};

/// The state of a connection and the reasons for it.
struct explanation {
  connection_status status;
  /// What new work would wait for now.
  waits_for what = waits_for::nothing;
  admission_status admission;
  /// Time until the next attempt. Zero: it does not wait for one.
  caf::timespan next_attempt_in{0};
  /// How long the session has been up. Zero: there is none.
  caf::timespan session_age{0};
  /// How long the session has been idle. Zero: it is in use, or there is none.
  caf::timespan idle{0};
  /// The running requests, longest first, at most 16.
  std::vector<work_status> running;
  /// The waiting requests, longest first, at most 16.
  std::vector<work_status> queued;
  /// The states of the jump hosts on the way, nearest first, as far as there
  /// are connections to them.
  std::vector<connection_status> hops;
  /// What config files have set for the session, each with its place. Empty
  /// while there is none.
  std::vector<std::string> configured;

  template <class Inspector>
  friend bool inspect(Inspector& f, explanation& x) {
    return f.object(x).fields(
      f.field("status", x.status), f.field("what", x.what),
      f.field("admission", x.admission),
      f.field("next_attempt_in", x.next_attempt_in),
      f.field("session_age", x.session_age), f.field("idle", x.idle),
      f.field("running", x.running), f.field("queued", x.queued),
      f.field("hops", x.hops), f.field("configured", x.configured));
  }
};

/// Returns the explanation as lines of text for people, each with a line end.
std::string describe(const explanation& x);

} // namespace tieline
