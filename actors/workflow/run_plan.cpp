#include "tieline/actors/workflow/run_plan.hpp"

#include <algorithm>

namespace tieline {

run_plan::run_plan(size_t hosts, const run_limits& limits)
  : hosts_(hosts),
    limits_(limits) {
  limits_.at_once = std::max<size_t>(limits_.at_once, 1);
  limits_.canaries = std::min(limits_.canaries, hosts);
}

std::optional<size_t> run_plan::next() {
  if (stopped_ || begun_ == hosts_ || running_ >= limits_.at_once)
    return std::nullopt;
  if (begun_ >= limits_.canaries && succeeded_ < limits_.canaries)
    return std::nullopt;
  ++running_;
  return begun_++;
}

void run_plan::ended(bool succeeded) {
  --running_;
  if (succeeded) {
    ++succeeded_;
    return;
  }
  ++failed_;
  if (too_many_failed())
    stop();
}

bool run_plan::too_many_failed() const {
  // A canary that fails is always one of the first.
  return begun_ <= limits_.canaries
         || (limits_.stop_after > 0 && failed_ >= limits_.stop_after)
         || (limits_.stop_at_percent < 100
             && failed_ * 100 >= limits_.stop_at_percent * hosts_);
}

} // namespace tieline
