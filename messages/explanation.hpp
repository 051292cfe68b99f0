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
  /// A factory that makes the connection's first transport.
  factory,
  /// An operator who resumes it.
  resume,
  /// The time of the next attempt.
  backoff,
  // A place among those who may open; each has its setting.
  max_opening,
  max_opening_per_credential,
  max_opening_per_jump_domain,
  opens_per_minute,
  max_sessions,
  /// The session that is being opened.
  transport,
  /// The answer of a session that was idle for long.
  probe,
  /// The end of requests that run: the session can run no more at once.
  running_requests,
  /// The old session's end.
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
    "transport",
    "probe",
    "running requests",
    "closing",
  };
};

/// Whether a host is being left alone.
enum class breaker_state : uint8_t {
  /// Attempts go ahead.
  closed,
  /// Attempts are refused.
  open,
  /// One attempt is let through, to see.
  half_open,
};

template <>
struct names_of<breaker_state> {
  static constexpr std::string_view values[] = {"closed", "open", "half_open"};
};

/// What the admission of opens has to say about one that waits, or would.
struct admission_status {
  /// What it waits for, `nothing` if it does not.
  waits_for what = waits_for::nothing;
  /// Its place among those who wait, from 1; zero: it does not.
  uint64_t position = 0;
  /// Who occupy what it waits for, and how many may.
  uint64_t used = 0;
  uint64_t limit = 0;
  breaker_state breaker = breaker_state::closed;
  /// Failures of the host in a row.
  uint64_t breaker_failures = 0;
  /// Until the host is tried again.
  caf::timespan breaker_reopens_in{0};
  bool credential_stopped = false;
  /// Hosts in a row that refused the credential.
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

/// A request that runs, or waits, and who asked.
struct work_status {
  /// The actor that asked, as CAF prints it.
  std::string who;
  /// How long it has run, or waited.
  caf::timespan span{0};

  template <class Inspector>
  friend bool inspect(Inspector& f, work_status& x) {
    return f.object(x).fields(f.field("who", x.who), f.field("span", x.span));
  }
};

/// Why a connection is as it is.
struct explanation {
  connection_status status;
  /// What new work would wait for now.
  waits_for what = waits_for::nothing;
  admission_status admission;
  /// Until the next attempt, where it waits for that; else zero.
  caf::timespan next_attempt_in{0};
  /// How long the session has been up; zero: none is.
  caf::timespan session_age{0};
  /// How long the session has been out of use; zero: it is in use, or none.
  caf::timespan idle{0};
  /// The requests that run, longest first, at most 16.
  std::vector<work_status> running;
  /// The requests that wait, longest first, at most 16.
  std::vector<work_status> queued;

  template <class Inspector>
  friend bool inspect(Inspector& f, explanation& x) {
    return f.object(x).fields(
      f.field("status", x.status), f.field("what", x.what),
      f.field("admission", x.admission),
      f.field("next_attempt_in", x.next_attempt_in),
      f.field("session_age", x.session_age), f.field("idle", x.idle),
      f.field("running", x.running), f.field("queued", x.queued));
  }
};

/// Returns it for people, some lines, each ended.
std::string describe(const explanation& x);

} // namespace tieline
