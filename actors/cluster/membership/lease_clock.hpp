#pragma once

#include <caf/timespan.hpp>

#include <chrono>
#include <optional>

namespace tieline {

/// What leases are measured by. Unlike the steady clock it goes on while the
/// machine sleeps, as etcd's does meanwhile.
struct boot_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<boot_clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
};

/// How long the holder of a lease may rely on it. It counts from when the last
/// renewal that was answered was sent, since etcd, which counts from when it
/// got that, can only be later.
class lease_clock {
public:
  using time_point = boot_clock::time_point;

  lease_clock(caf::timespan lease, caf::timespan renew_interval,
              caf::timespan close_before)
    : lease_(lease),
      renew_interval_(renew_interval),
      close_before_(close_before) {
    // nop
  }

  /// A lease was granted; the time to live is what etcd said.
  void begin(time_point sent, caf::timespan ttl);

  /// It was renewed. Answers may come in any order.
  void renewed(time_point sent, caf::timespan ttl);

  /// It is gone.
  void stop() noexcept {
    sent_.reset();
  }

  /// Returns whether there is one whose holder may rely on it.
  bool good(time_point now) const noexcept {
    return sent_ && now < close_at();
  }

  /// Returns whether somebody else may have what was its holder's.
  bool over(time_point now) const noexcept {
    return !sent_ || now >= end_;
  }

  /// When to renew it, when its holder has to begin to close, when it ends;
  /// only if there is one.
  time_point renew_at() const noexcept {
    return *sent_ + renew_interval_;
  }

  time_point close_at() const noexcept {
    return end_ - close_before_;
  }

  time_point end() const noexcept {
    return end_;
  }

private:
  caf::timespan lease_;
  caf::timespan renew_interval_;
  caf::timespan close_before_;
  std::optional<time_point> sent_;
  time_point end_{};
};

} // namespace tieline
