#pragma once

#include "tieline/actors/runtime/timers.hpp"

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace tieline {

/// The end of a router: its member hands over, other nodes are still refused
/// for a moment, and the manager ends, too, if anybody has asked for that.
class router_end {
public:
  using done_promise = caf::typed_response_promise<void>;

  /// What is done for it, and is told to go on by a call of `then`.
  struct steps {
    /// From now on nothing waits for an owner.
    std::function<void()> begin;
    std::function<void(caf::timespan within, std::function<void()> then)>
      hand_over;
    /// Returns how long other nodes are still answered.
    std::function<caf::timespan()> linger;
    std::function<void(caf::timespan within, std::function<void()> then)>
      end_manager;
    /// All is done, but for answering who waits for an answer.
    std::function<void()> answer_all;
    std::function<void(const caf::error& reason)> quit;
  };

  /// @param when of the same actor; is to live as long
  router_end(timers& when, steps how) : timers_(when), steps_(std::move(how)) {
    // nop
  }

  router_end(const router_end&) = delete;

  router_end& operator=(const router_end&) = delete;

  /// Takes the manager along, at the latest after `within` (zero: no limit).
  /// This holds though the end has begun.
  void shutdown(done_promise promise, caf::timespan within) {
    with_manager_.push_back(std::move(promise));
    if (within.count() > 0) {
      auto due = timers_.after(within);
      due_ = std::min(due_.value_or(due), due);
      timers_.at(due, [this] { end_manager(); });
    }
    stop(caf::exit_reason::user_shutdown, within);
  }

  void stop(const caf::error& reason, caf::timespan within) {
    if (!begin(reason))
      return;
    steps_.hand_over(within, [this] {
      // Others' requests that are on their way are still to be refused, and
      // what was answered last has to leave.
      timers_.at(timers_.now() + steps_.linger(), [this] {
        if (with_manager_.empty() && !ending_manager_)
          end();
        else
          end_manager();
      });
    });
  }

  /// Nobody is there to hand over: ends the manager.
  void fail(const caf::error& reason) {
    begin(reason);
    reason_ = reason;
    end_manager();
  }

private:
  bool begin(const caf::error& reason) {
    if (std::exchange(begun_, true))
      return false;
    reason_ = reason;
    steps_.begin();
    return true;
  }

  void end_manager() {
    if (std::exchange(ending_manager_, true))
      return;
    caf::timespan within{0};
    if (due_)
      within = std::max<caf::timespan>(*due_ - timers_.now(), caf::timespan{1});
    steps_.end_manager(within, [this] { end(); });
  }

  void end() {
    steps_.answer_all();
    for (auto& promise : std::exchange(with_manager_, {}))
      promise.deliver();
    steps_.quit(reason_);
  }

  timers& timers_;
  steps steps_;
  bool begun_ = false;
  bool ending_manager_ = false;
  caf::error reason_;
  /// The earliest that was asked for.
  std::optional<timers::time_point> due_;
  std::vector<done_promise> with_manager_;
};

} // namespace tieline
