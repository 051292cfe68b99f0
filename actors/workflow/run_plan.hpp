#pragma once

#include <cstddef>
#include <optional>

namespace tieline {

/// When a run stops by itself, and in which order it goes.
struct run_limits {
  /// How many hosts are worked on at once. At least 1.
  size_t at_once = 50;
  /// So many hosts come first. The others begin when all of these succeeded; if
  /// one of these fails, the run stops.
  size_t canaries = 0;
  /// No further host begins when so many have failed. Zero: no limit.
  size_t stop_after = 0;
  /// No further host begins when so many per cent of all have failed. 100 or
  /// more: no limit.
  size_t stop_at_percent = 100;
};

/// Decides which host of a run is the next. Hosts are numbers from zero.
class run_plan {
public:
  run_plan(size_t hosts, const run_limits& limits);

  /// Returns a host to begin with now, if there is one.
  std::optional<size_t> next();

  /// A host that had begun has ended.
  void ended(bool succeeded);

  /// No further host begins.
  void stop() noexcept {
    stopped_ = true;
  }

  bool stopped() const noexcept {
    return stopped_;
  }

  /// Returns whether nothing is left to do.
  bool done() const noexcept {
    return running_ == 0 && (stopped_ || begun_ == hosts_);
  }

  size_t succeeded() const noexcept {
    return succeeded_;
  }

  size_t failed() const noexcept {
    return failed_;
  }

  /// Returns how many hosts have not begun.
  size_t left() const noexcept {
    return hosts_ - begun_;
  }

private:
  bool too_many_failed() const;

  size_t hosts_;
  run_limits limits_;
  size_t begun_ = 0;
  size_t running_ = 0;
  size_t succeeded_ = 0;
  size_t failed_ = 0;
  bool stopped_ = false;
};

} // namespace tieline
