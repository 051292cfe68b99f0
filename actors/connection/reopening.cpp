#include "tieline/actors/connection/reopening.hpp"

#include "tieline/messages/support/backoff.hpp"

#include <algorithm>

namespace tieline {

namespace {

/// Longest wait between the attempts to reach a host that restarts.
constexpr caf::timespan reboot_poll = std::chrono::seconds{5};

/// Shortest wait after a refusal by the admission. Without one, a connection
/// that is kept open without backoff would ask again and again at no cost.
constexpr caf::timespan refusal_poll = std::chrono::seconds{1};

/// Shortest wait between attempts that nobody asks for, from the second on:
/// there is no end to them.
constexpr caf::timespan unasked_poll = std::chrono::milliseconds{100};

} // namespace

void reopening::params_changed(const policy& how) {
  reopenable_ = false;
  terminal_ = false;
  asked(how);
}

void reopening::asked(const policy& how) {
  strikes_ = 0;
  not_before_ = time_point::min();
  needed(how);
}

void reopening::needed(const policy& how) {
  retries_left_ = how.open_retries;
}

caf::timespan reopening::next_wait(time_point now, const policy& how,
                                   double random01) {
  auto wait = backoff{how.backoff, how.backoff_max, how.backoff_jitter}.wait(
    strikes_, random01);
  if (rebooting(now))
    wait = std::min(wait, reboot_poll);
  if (strikes_++ > 0 && (wanted_ || rebooting(now)))
    wait = std::max(wait, unasked_poll);
  return wait;
}

void reopening::failed(const caf::error& reason, time_point now,
                       std::optional<time_point> patience, const policy& how,
                       double random01) {
  auto what = attempt_failure_of(reason);
  terminal_ = what == attempt_failure::terminal;
  refused_ = what == attempt_failure::refused;
  // Who is told when to ask again does not guess.
  auto wait = refused_ ? failure_of(reason).retry_after : caf::timespan{0};
  if (wait.count() == 0)
    wait = next_wait(now, how, random01);
  not_before_ = now + (refused_ ? std::max(wait, refusal_poll) : wait);
  // Nobody is kept waiting for an attempt that comes too late for all.
  retry_ = what == attempt_failure::network && patience
           && not_before_ < *patience && (rebooting(now) || retries_left_ > 0);
  if (retry_ && !rebooting(now))
    --retries_left_;
  wanted_ = wanted_ && reopenable_ && (how.keep_open || rebooting(now))
            && (what == attempt_failure::network
                || what == attempt_failure::refused);
}

void reopening::lost(time_point opened_at, time_point now, bool held,
                     const policy& how, double random01, bool worked) {
  refused_ = false;
  if (worked || now - opened_at >= how.stable_after)
    strikes_ = 0;
  wanted_ = !held && (how.keep_open || rebooting(now));
  // Some devices end each session after its first command.
  not_before_ = worked ? now : now + next_wait(now, how, random01);
  if (wanted_)
    not_before_ = std::max(not_before_, opened_at + unasked_poll);
  needed(how);
}

} // namespace tieline
