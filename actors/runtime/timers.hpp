#pragma once

#include "tieline/messages/internal/timer.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace tieline {

/// What one actor has to do at later times. The timer that all actors share is
/// told of the earliest only.
class timers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// What is to be done in the context of the actor.
  using action = std::function<void()>;

  /// Tells apart what is to be done: its time, and a number that makes those of
  /// the same time go in the order in which they were set. Nothing has the id
  /// that is made of nothing.
  using id = std::pair<time_point, uint64_t>;

  timers(caf::actor_system& sys, caf::actor_control_block* owner,
         timer_actor timer);

  timers(const timers&) = delete;

  timers& operator=(const timers&) = delete;

  /// The timer is to keep nothing of an actor that is gone.
  ~timers();

  time_point now() const;

  /// Returns the time at which `asked` will have passed, or `otherwise` if
  /// nothing (zero or less) was asked for. A year is as good as for ever.
  time_point after(caf::timespan asked, caf::timespan otherwise) const;

  /// The same for a time that is always given.
  time_point after(caf::timespan pause) const;

  /// Has `what` done at a time. Returns an id for it.
  id at(time_point when, action what);

  /// Does not do it, if it is still to be done.
  void cancel(id which);

  /// Does nothing of all that is still to be done.
  void clear();

private:
  void arm(time_point when);

  void ring(time_point armed_for);

  caf::actor_system& sys_;
  caf::weak_actor_ptr owner_;
  timer_actor timer_;
  std::map<id, action> pending_;
  uint64_t last_number_ = 0;
  /// When the timer will tell us; what comes later needs no message.
  time_point armed_ = time_point::max();
};

/// One deadline, which is set or is not. When it has passed it is not set any
/// more, and its action is done.
class deadline {
public:
  using time_point = timers::time_point;

  /// @param all of the same actor; is to live as long
  explicit deadline(timers& all, timers::action what)
    : all_(all),
      what_(std::move(what)) {
    // nop
  }

  deadline(const deadline&) = delete;

  deadline& operator=(const deadline&) = delete;

  ~deadline() {
    cancel();
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
    set_ = all_.at(when, [this] {
      set_.reset();
      auto what = what_; // which may be the end of this deadline
      what();
    });
  }

  /// Sets it unless it is set to an earlier time.
  void set_by(time_point when) {
    if (!set_ || when < set_->first)
      set(when);
  }

  void cancel() {
    if (auto old = std::exchange(set_, std::nullopt))
      all_.cancel(*old);
  }

private:
  timers& all_;
  timers::action what_;
  std::optional<timers::id> set_;
};

} // namespace tieline
