#pragma once

#include "tieline/messages/options/configurable.hpp"

#include <caf/timespan.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace tieline {

/// How a connection behaves. Each value is a setting `tieline.<name>`. It can
/// be set for one plugin, as `tieline.plugin.<plugin>.<name>`, and for one
/// connection, as `extras["<name>"]` of its params. In a config, names have
/// dashes for underscores. @ref settings checks the ranges.
struct policy {
  static const option_table<policy>& table();

  // -- deadlines --

  /// How long a session may take to open, all attempts together.
  caf::timespan open_timeout = std::chrono::seconds{30};
  /// How long a caller waits for its turn: how long an open waits for its
  /// attempt to begin, and a request for its run.
  caf::timespan acquire_timeout = std::chrono::seconds{30};
  /// How long a request may run.
  caf::timespan execute_timeout = std::chrono::seconds{30};
  /// How long a close waits for work in flight and for the peer. After that the
  /// session is dropped.
  caf::timespan close_timeout = std::chrono::seconds{5};

  // -- opening again --

  /// How many more attempts one open makes after network errors.
  uint64_t open_retries = 2;
  /// The wait before the next attempt after a failure or a loss. It doubles
  /// each time, up to `backoff_max`. Zero: no wait.
  caf::timespan backoff = std::chrono::seconds{1};
  caf::timespan backoff_max = std::chrono::seconds{60};
  /// By how many per cent a wait is longer or shorter at random.
  uint64_t backoff_jitter = 20;
  /// A session that stays up this long resets the backoff.
  caf::timespan stable_after = std::chrono::seconds{60};
  /// Whether a lost session is reopened at once, without waiting for a request.
  /// Such a session is never closed for being idle.
  bool keep_open = false;

  // -- a host that fails --

  /// After how many consecutive failures a host (address and port) is left
  /// alone. Zero: never.
  uint64_t breaker_failures = 5;
  /// How long a failing host is left alone. It doubles each time, up to
  /// `breaker_delay_max`.
  caf::timespan breaker_delay = std::chrono::seconds{15};
  caf::timespan breaker_delay_max = std::chrono::seconds{300};
  /// Maximum of attempts per minute for one host name. Zero: no maximum.
  uint64_t opens_per_minute = 0;

  // -- eviction --

  /// A session that is idle this long is closed. Zero: never.
  caf::timespan idle_timeout = std::chrono::seconds{300};
  /// A session that has been up this long is closed as soon as it is idle.
  /// Zero: never.
  caf::timespan max_lifetime = std::chrono::seconds{3600};
  /// By how many per cent `idle_timeout` is longer or shorter, and
  /// `max_lifetime` shorter, at random.
  uint64_t eviction_jitter = 10;

  // -- requests --

  /// Maximum size of the output of a request, in bytes, unless the request sets
  /// its own.
  uint64_t output_limit = uint64_t{64} * 1024 * 1024;
  /// How many requests may wait at one connection.
  uint64_t queue_limit = 256;
  /// A request that runs (`long_hold`) or waits (`long_wait`) this long is
  /// reported by an event. Zero: never.
  caf::timespan long_hold = std::chrono::seconds{20};
  caf::timespan long_wait = std::chrono::seconds{5};

  // -- health --

  /// A session that was idle this long is probed before the next request runs.
  /// Zero: never.
  caf::timespan probe_after = std::chrono::seconds{30};
  caf::timespan probe_timeout = std::chrono::seconds{5};
};

/// With whom a connection shares limits. These are extras only.
struct limit_domains {
  /// Where the login is checked; empty: the username stands for it.
  std::string credential_domain;
  /// What the host is reached through; empty: nothing that has a limit.
  std::string jump_domain;

  static const option_table<limit_domains>& table();
};

} // namespace tieline
