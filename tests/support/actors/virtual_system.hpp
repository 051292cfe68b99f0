#pragma once

/// @file
/// An actor system without threads and with a clock that only tests move, for
/// CAF 0.18.7 and for CAF 1.x. Only @ref tieline::test::deterministic uses it.

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/config.hpp>
#include <caf/timespan.hpp>

#if CAF_MAJOR_VERSION >= 1
#  include <caf/action.hpp>
#  include <caf/detail/actor_system_access.hpp>
#  include <caf/disposable.hpp>
#  include <caf/resumable.hpp>
#  include <caf/scheduler.hpp>

#  include <deque>
#  include <map>
#  include <memory>
#else
#  include <caf/scheduler/test_coordinator.hpp>
#endif

#include <cstddef>
#include <optional>
#include <utility>

namespace tieline::test {

#if CAF_MAJOR_VERSION >= 1

/// Keeps the timeouts until the clock is told to pass them.
class virtual_clock final : public caf::actor_clock {
public:
  using caf::actor_clock::schedule;

  time_point now() const noexcept override {
    return now_;
  }

  caf::disposable schedule(time_point when, caf::action what) override {
    timeouts_.emplace(when, what);
    return std::move(what).as_disposable();
  }

  void advance(caf::timespan by) {
    now_ += by;
    while (next() && *next() <= now_) {
      auto what = std::move(timeouts_.begin()->second);
      timeouts_.erase(timeouts_.begin());
      what.run();
    }
  }

  std::optional<time_point> next() {
    while (!timeouts_.empty() && timeouts_.begin()->second.disposed())
      timeouts_.erase(timeouts_.begin());
    if (timeouts_.empty())
      return std::nullopt;
    return timeouts_.begin()->first;
  }

  void clear() {
    for (auto& x : timeouts_)
      x.second.dispose();
    timeouts_.clear();
  }

private:
  time_point now_{std::chrono::nanoseconds{1}};
  std::multimap<time_point, caf::action> timeouts_;
};

/// Keeps what is ready until it is told to run one of it.
class virtual_scheduler final : public caf::scheduler {
public:
  void schedule(caf::resumable* what) override {
    // With the reference that its sender has added.
    jobs_.push_back(what);
  }

  void delay(caf::resumable* what) override {
    schedule(what);
  }

  void start() override {
    // nop
  }

  void stop() override {
    while (run_once())
      ; // what ends with the system
  }

  bool run_once() {
    if (jobs_.empty())
      return false;
    auto* job = jobs_.front();
    jobs_.pop_front();
    // One message at a time, so that every interleaving can happen.
    if (job->resume(this, 1) == caf::resumable::resume_later)
      jobs_.push_back(job);
    else
      intrusive_ptr_release(job);
    return true;
  }

  std::deque<caf::resumable*>& jobs() {
    return jobs_;
  }

private:
  std::deque<caf::resumable*> jobs_;
};

class virtual_system {
public:
  virtual_system() : sys_(cfg_, setup, this) {
    // nop
  }

  caf::actor_system& sys() {
    return sys_;
  }

  auto& jobs() {
    return scheduler_->jobs();
  }

  bool run_once() {
    return scheduler_->run_once();
  }

  using time_point = caf::actor_clock::time_point;

  time_point now() const {
    return clock_->now();
  }

  std::optional<time_point> next_timeout() {
    return clock_->next();
  }

  void tick(caf::timespan by) {
    clock_->advance(by);
  }

  void drop_timeouts() {
    clock_->clear();
  }

private:
  static void setup(caf::actor_system& sys, caf::actor_system_config&,
                    void* self) {
    auto clock = std::make_unique<virtual_clock>();
    auto scheduler = std::make_unique<virtual_scheduler>();
    static_cast<virtual_system*>(self)->clock_ = clock.get();
    static_cast<virtual_system*>(self)->scheduler_ = scheduler.get();
    caf::detail::actor_system_access access{sys};
    access.clock(std::move(clock));
    access.scheduler(std::move(scheduler));
  }

  // The system owns both.
  virtual_clock* clock_ = nullptr;
  virtual_scheduler* scheduler_ = nullptr;
  caf::actor_system_config cfg_;
  caf::actor_system sys_;
};

#else

class virtual_system {
public:
  virtual_system() : sys_(cfg_) {
    // nop
  }

  caf::actor_system& sys() {
    return sys_;
  }

  /// Returns what is ready to run, the next one first. A test may exchange
  /// the order.
  auto& jobs() {
    return scheduler().jobs;
  }

  /// Lets the first of `jobs()` handle one message. Returns false if there is
  /// none.
  bool run_once() {
    return scheduler().try_run_once();
  }

  using time_point = caf::actor_clock::time_point;

  time_point now() {
    return clock().now();
  }

  /// Returns when the next timeout is due, if one is pending.
  std::optional<time_point> next_timeout() {
    if (clock().schedule.empty())
      return std::nullopt;
    return clock().schedule.begin()->first;
  }

  /// Lets time pass. What is due is sent, and nothing runs.
  void tick(caf::timespan by) {
    clock().advance_time(by);
  }

  /// Forgets all timeouts: a pending one holds its actor.
  void drop_timeouts() {
    clock().schedule.clear();
  }

private:
  struct config : caf::actor_system_config {
    config() {
      set("caf.scheduler.policy", "testing");
      // One message at a time, so that every interleaving can happen.
      set("caf.scheduler.max-throughput", 1);
    }
  };

  caf::scheduler::test_coordinator& scheduler() {
    return static_cast<caf::scheduler::test_coordinator&>(sys_.scheduler());
  }

  caf::detail::test_actor_clock& clock() {
    return scheduler().clock();
  }

  config cfg_;
  caf::actor_system sys_;
};

#endif

} // namespace tieline::test
