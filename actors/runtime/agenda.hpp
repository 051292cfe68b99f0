#pragma once

#include "tieline/actors/runtime/alarm.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <functional>
#include <unordered_map>
#include <utility>

namespace tieline {

/// What one actor has to do at a later time.
class agenda {
public:
  using time_point = alarm::time_point;

  agenda(caf::actor_system& sys, caf::actor_control_block* owner,
         timer_actor timer)
    : alarm_(sys, owner, std::move(timer), [this](uint64_t id) { ring(id); }) {
    // nop
  }

  agenda(const agenda&) = delete;

  agenda& operator=(const agenda&) = delete;

  /// The timer is to keep nothing of an actor that is gone.
  ~agenda() {
    alarm_.clear();
  }

  time_point now() const {
    return alarm_.now();
  }

  /// Returns the time at which `asked` will have passed, or `otherwise` if
  /// nothing (zero or less) was asked for.
  time_point after(caf::timespan asked, caf::timespan otherwise) const {
    return alarm_.after(asked, otherwise);
  }

  /// Has `what` called at a time, in the context of the actor. Returns an id
  /// for it, never zero.
  uint64_t at(time_point when, std::function<void()> what) {
    auto id = alarm_.add(when);
    entries_.emplace(id, entry{when, std::move(what)});
    return id;
  }

  /// Does not call it, if it is still to come.
  void cancel(uint64_t id) {
    auto gone = entries_.extract(id);
    if (!gone.empty())
      alarm_.remove(gone.mapped().when, id);
  }

private:
  struct entry {
    time_point when;
    std::function<void()> what;
  };

  void ring(uint64_t id) {
    auto due = entries_.extract(id);
    if (!due.empty())
      due.mapped().what();
  }

  alarm alarm_;
  std::unordered_map<uint64_t, entry> entries_;
};

} // namespace tieline
