#pragma once

#include "tieline/actors/connection/policy.hpp"
#include "tieline/messages/support/jitter.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace tieline {

/// What to do with a session that is up.
enum class eviction : uint8_t {
  keep,
  /// Close it: it was idle for `idle_timeout`.
  evict_idle,
  /// Close it: it was up for `max_lifetime`.
  evict_old,
};

/// What the eviction of a session depends on, beside its policy.
struct session_times {
  using time_point = std::chrono::steady_clock::time_point;

  /// Random numbers from 0 to 1, drawn once when the session begins. If they
  /// were drawn at each look, the shortest limits would win.
  double idle_random = 0.5;
  double lifetime_random = 0;
  time_point opened_at;
  /// Since when it has been idle. None: it is in use.
  std::optional<time_point> idle_since;
};

/// What to do now. If it is kept: when to look again, unless its use changes
/// before. `time_point::max()` means never.
struct eviction_decision {
  eviction what = eviction::keep;
  session_times::time_point look_again = session_times::time_point::max();
};

/// Decides whether a session is evicted. A session in use never is; look again
/// when it becomes idle. `idle_timeout` is up to `eviction_jitter` per cent
/// longer or shorter, `max_lifetime` only shorter. Zero means never. With
/// `keep_open` `idle_timeout` does not apply.
inline eviction_decision evict(const policy& x, const session_times& session,
                               session_times::time_point now) {
  using time_point = session_times::time_point;
  if (!session.idle_since)
    return {};
  auto after = [](time_point from, caf::timespan span) {
    return span < time_point::max() - from ? from + span : time_point::max();
  };
  eviction_decision result;
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
