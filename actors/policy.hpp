#pragma once

#include <caf/timespan.hpp>

#include <chrono>
#include <cstdint>

namespace tieline {

/// How a connection behaves. Each value is a setting `tieline.<name>`, for one
/// plugin `tieline.plugin.<plugin>.<name>` (with dashes for underscores), and
/// for one connection `extras["<name>"]` of its params. Ranges are those of
/// @ref settings.
struct policy {
  // -- deadlines --

  /// How long a session may take to open, all attempts together.
  caf::timespan open_timeout = std::chrono::seconds{30};
  /// How long a caller waits for its turn: an open for its attempt to begin, a
  /// request to be run.
  caf::timespan acquire_timeout = std::chrono::seconds{30};
  /// How long a request may run.
  caf::timespan execute_timeout = std::chrono::seconds{30};
  /// How long closing waits for work in flight and for the peer before it
  /// drops the session.
  caf::timespan close_timeout = std::chrono::seconds{5};

  // -- opening again --

  /// Further attempts within one open after network errors.
  uint64_t open_retries = 2;
  /// Wait before the next attempt after a failure or a loss; doubles each
  /// time; zero: none.
  caf::timespan backoff = std::chrono::seconds{1};
  caf::timespan backoff_max = std::chrono::seconds{60};
  /// Per cent by which a wait is longer or shorter at random.
  uint64_t backoff_jitter = 20;
  /// A session that was up for that long makes the next wait the first again.
  caf::timespan stable_after = std::chrono::seconds{60};
  /// Opens a lost session again without being asked, and evicts none for being
  /// idle.
  bool keep_open = false;

  // -- a host that fails --

  /// Failures in a row after which a host (address and port) is left alone;
  /// zero: never.
  uint64_t breaker_failures = 5;
  /// For how long, the first time; doubles each time.
  caf::timespan breaker_delay = std::chrono::seconds{15};
  caf::timespan breaker_delay_max = std::chrono::seconds{300};
  /// Attempts per minute for one host (the key's name); zero: any number.
  uint64_t opens_per_minute = 0;

  // -- eviction --

  /// A session that was out of use for that long is closed; zero: never.
  caf::timespan idle_timeout = std::chrono::seconds{300};
  /// A session that was up for that long is closed as soon as it is not in
  /// use; zero: never.
  caf::timespan max_lifetime = std::chrono::seconds{3600};
  /// Per cent by which `idle_timeout` is longer or shorter, and `max_lifetime`
  /// shorter, at random.
  uint64_t eviction_jitter = 10;

  // -- requests --

  /// Most bytes a request may bring back unless it says otherwise.
  uint64_t output_limit = uint64_t{64} * 1024 * 1024;
  /// Requests that may wait.
  uint64_t queue_limit = 256;
  /// A request that runs, or waits, for that long is reported; zero: never.
  caf::timespan long_hold = std::chrono::seconds{20};
  caf::timespan long_wait = std::chrono::seconds{5};

  // -- health --

  /// A session that was out of use for that long has to show that the peer is
  /// there before the next request runs; zero: never.
  caf::timespan probe_after = std::chrono::seconds{30};
  caf::timespan probe_timeout = std::chrono::seconds{5};
};

} // namespace tieline
