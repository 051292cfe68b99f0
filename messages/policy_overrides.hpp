#pragma once

#include <caf/timespan.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace tieline {

/// What one connection does in another way than the settings say. Each field
/// has the meaning and the range of the setting `tieline.<name>`, with dashes
/// for underscores; docs/settings.md lists them. The same can be said in texts,
/// as `extras["<name>"]`, but not both of one name.
struct policy_overrides {
  std::optional<caf::timespan> open_timeout;
  std::optional<caf::timespan> acquire_timeout;
  std::optional<caf::timespan> execute_timeout;
  std::optional<caf::timespan> close_timeout;
  std::optional<uint64_t> open_retries;
  std::optional<caf::timespan> backoff;
  std::optional<caf::timespan> backoff_max;
  std::optional<uint64_t> backoff_jitter;
  std::optional<caf::timespan> stable_after;
  std::optional<bool> keep_open;
  std::optional<uint64_t> breaker_failures;
  std::optional<caf::timespan> breaker_delay;
  std::optional<caf::timespan> breaker_delay_max;
  std::optional<uint64_t> opens_per_minute;
  std::optional<caf::timespan> idle_timeout;
  std::optional<caf::timespan> max_lifetime;
  std::optional<uint64_t> eviction_jitter;
  std::optional<uint64_t> output_limit;
  std::optional<uint64_t> queue_limit;
  std::optional<caf::timespan> long_hold;
  std::optional<caf::timespan> long_wait;
  std::optional<caf::timespan> probe_after;
  std::optional<caf::timespan> probe_timeout;

  /// Calls `f(name, field)` for each field.
  template <class Overrides, class F>
  static void each(Overrides& x, F&& f) {
    f("open_timeout", x.open_timeout);
    f("acquire_timeout", x.acquire_timeout);
    f("execute_timeout", x.execute_timeout);
    f("close_timeout", x.close_timeout);
    f("open_retries", x.open_retries);
    f("backoff", x.backoff);
    f("backoff_max", x.backoff_max);
    f("backoff_jitter", x.backoff_jitter);
    f("stable_after", x.stable_after);
    f("keep_open", x.keep_open);
    f("breaker_failures", x.breaker_failures);
    f("breaker_delay", x.breaker_delay);
    f("breaker_delay_max", x.breaker_delay_max);
    f("opens_per_minute", x.opens_per_minute);
    f("idle_timeout", x.idle_timeout);
    f("max_lifetime", x.max_lifetime);
    f("eviction_jitter", x.eviction_jitter);
    f("output_limit", x.output_limit);
    f("queue_limit", x.queue_limit);
    f("long_hold", x.long_hold);
    f("long_wait", x.long_wait);
    f("probe_after", x.probe_after);
    f("probe_timeout", x.probe_timeout);
  }

  friend bool operator==(const policy_overrides& x, const policy_overrides& y) {
    return x.open_timeout == y.open_timeout
           && x.acquire_timeout == y.acquire_timeout
           && x.execute_timeout == y.execute_timeout
           && x.close_timeout == y.close_timeout
           && x.open_retries == y.open_retries && x.backoff == y.backoff
           && x.backoff_max == y.backoff_max
           && x.backoff_jitter == y.backoff_jitter
           && x.stable_after == y.stable_after && x.keep_open == y.keep_open
           && x.breaker_failures == y.breaker_failures
           && x.breaker_delay == y.breaker_delay
           && x.breaker_delay_max == y.breaker_delay_max
           && x.opens_per_minute == y.opens_per_minute
           && x.idle_timeout == y.idle_timeout
           && x.max_lifetime == y.max_lifetime
           && x.eviction_jitter == y.eviction_jitter
           && x.output_limit == y.output_limit && x.queue_limit == y.queue_limit
           && x.long_hold == y.long_hold && x.long_wait == y.long_wait
           && x.probe_after == y.probe_after
           && x.probe_timeout == y.probe_timeout;
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, policy_overrides& x) {
    return f.object(x).fields(
      f.field("open_timeout", x.open_timeout),
      f.field("acquire_timeout", x.acquire_timeout),
      f.field("execute_timeout", x.execute_timeout),
      f.field("close_timeout", x.close_timeout),
      f.field("open_retries", x.open_retries), f.field("backoff", x.backoff),
      f.field("backoff_max", x.backoff_max),
      f.field("backoff_jitter", x.backoff_jitter),
      f.field("stable_after", x.stable_after),
      f.field("keep_open", x.keep_open),
      f.field("breaker_failures", x.breaker_failures),
      f.field("breaker_delay", x.breaker_delay),
      f.field("breaker_delay_max", x.breaker_delay_max),
      f.field("opens_per_minute", x.opens_per_minute),
      f.field("idle_timeout", x.idle_timeout),
      f.field("max_lifetime", x.max_lifetime),
      f.field("eviction_jitter", x.eviction_jitter),
      f.field("output_limit", x.output_limit),
      f.field("queue_limit", x.queue_limit), f.field("long_hold", x.long_hold),
      f.field("long_wait", x.long_wait), f.field("probe_after", x.probe_after),
      f.field("probe_timeout", x.probe_timeout));
  }
};

/// The overrides of a connection, or none. Copies share them.
class shared_overrides {
public:
  shared_overrides() = default;

  shared_overrides(const policy_overrides& x)
    : all_(std::make_shared<const policy_overrides>(x)) {
    // nop
  }

  /// Returns the overrides; null for none.
  const policy_overrides* get() const noexcept {
    return all_.get();
  }

  friend bool operator==(const shared_overrides& x, const shared_overrides& y) {
    return x.all_ == y.all_ || (x.all_ && y.all_ && *x.all_ == *y.all_);
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, shared_overrides& x) {
    std::optional<policy_overrides> all;
    if (!Inspector::is_loading && x.all_)
      all = *x.all_;
    if (!f.object(x).fields(f.field("all", all)))
      return false;
    if constexpr (Inspector::is_loading)
      x = all ? shared_overrides{*all} : shared_overrides{};
    return true;
  }

private:
  std::shared_ptr<const policy_overrides> all_;
};

} // namespace tieline
