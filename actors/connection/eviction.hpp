#pragma once

#include "tieline/actors/policy.hpp"
#include "tieline/messages/support/jitter.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace tieline {

/// What to do with a session that is up.
enum class eviction : uint8_t {
  keep,
  /// Close it: out of use for `idle_timeout`.
  evict_idle,
  /// Close it: up for `max_lifetime`.
  evict_old,
};

/// What the eviction of a session depends on, besides its policy.
struct session_times {
  using time_point = std::chrono::steady_clock::time_point;

  /// Drawn once, as the session begins, from 0 to 1. Drawn anew each time, the
  /// limits would creep towards their shortest.
  double idle_random = 0.5;
  double lifetime_random = 0;
  time_point opened_at;
  /// Since when it has been out of use; none: it is in use.
  std::optional<time_point> idle_since;
};

/// What to do now. If to keep it: when to ask again, unless its use changes
/// before; `time_point::max()`: not at all.
struct eviction_verdict {
  eviction what = eviction::keep;
  session_times::time_point look_again = session_times::time_point::max();
};

/// Decides whether a session is evicted. One that is in use never is: ask
/// again when it is not any more. `idle_timeout` is `eviction_jitter` per cent
/// longer or shorter, `max_lifetime` only shorter; zero is never, and so is
/// the first with `keep_open`.
inline eviction_verdict evict(const policy& x, const session_times& session,
                              session_times::time_point now) {
  using time_point = session_times::time_point;
  if (!session.idle_since)
    return {};
  auto after = [](time_point from, caf::timespan span) {
    return span < time_point::max() - from ? from + span : time_point::max();
  };
  eviction_verdict result;
  if (x.idle_timeout.count() > 0 && !x.keep_open) {
    auto span = jittered(x.idle_timeout, x.eviction_jitter,
                         2 * session.idle_random - 1);
    result.look_again = after(*session.idle_since, span);
    if (now >= result.look_again)
      result.what = eviction::evict_idle;
  }
  if (x.max_lifetime.count() > 0) {
    auto span = jittered(x.max_lifetime, x.eviction_jitter,
                         -session.lifetime_random);
    auto due = after(session.opened_at, span);
    result.look_again = std::min(result.look_again, due);
    if (now >= due)
      result.what = eviction::evict_old;
  }
  return result;
}

} // namespace tieline
