#pragma once

#include "tieline/actors/runtime/deadlines.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace tieline {

/// The deadlines of one actor, kept by it and watched by the timer.
class alarm {
public:
  using time_point = deadlines::time_point;

  /// Calls `on_due` in the context of `owner` with the id of each deadline that
  /// has passed, the earliest first.
  alarm(caf::actor_system& sys, caf::actor_control_block* owner,
        timer_actor timer, std::function<void(uint64_t)> on_due);

  time_point now() const;

  /// Returns the time at which `asked` will have passed, or `otherwise` if
  /// nothing (zero or less) was asked for. A year is as good as for ever.
  time_point after(caf::timespan asked, caf::timespan otherwise) const;

  /// Adds a deadline and returns an id for it, greater than all before.
  uint64_t add(time_point when);

  /// Takes a deadline out that has not passed yet.
  void remove(time_point when, uint64_t id);

  /// Gives a deadline that has not passed yet another time.
  void move(time_point from, time_point to, uint64_t id);

  /// Takes all out.
  void clear();

  /// Returns the last id given out.
  uint64_t last_id() const noexcept {
    return last_id_;
  }

  /// Returns an id without a deadline.
  uint64_t next_id() noexcept {
    return ++last_id_;
  }

private:
  void arm(time_point when);

  void ring(time_point armed_for);

  caf::actor_system& sys_;
  caf::weak_actor_ptr owner_;
  timer_actor timer_;
  std::function<void(uint64_t)> on_due_;
  deadlines pending_;
  uint64_t last_id_ = 0;
  /// When the timer will tell us; a deadline that is later needs no message.
  time_point armed_ = time_point::max();
};

/// One deadline that is set or is not.
class appointment {
public:
  using time_point = alarm::time_point;

  /// @param clock is to live as long.
  explicit appointment(alarm& clock) : clock_(clock) {
    // nop
  }

  explicit operator bool() const noexcept {
    return set_.has_value();
  }

  /// Returns when it is; only if it is set.
  time_point when() const {
    return set_->first;
  }

  void set(time_point when) {
    cancel();
    set_ = {when, clock_.add(when)};
  }

  /// Sets it unless it is set to an earlier time.
  void set_by(time_point when) {
    if (!set_ || when < set_->first)
      set(when);
  }

  void cancel() {
    if (auto old = std::exchange(set_, std::nullopt))
      clock_.remove(old->first, old->second);
  }

  /// Returns whether this is the deadline that has passed; it is not set then.
  bool takes(uint64_t id) {
    auto mine = set_ && set_->second == id;
    if (mine)
      set_.reset();
    return mine;
  }

private:
  alarm& clock_;
  std::optional<std::pair<time_point, uint64_t>> set_;
};

} // namespace tieline
