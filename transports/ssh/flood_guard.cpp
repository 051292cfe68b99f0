#include "tieline/transports/ssh/flood_guard.hpp"

#include <algorithm>
#include <chrono>

namespace tieline::ssh {

namespace {

constexpr double burst = 4.0 * 1024 * 1024;
constexpr double per_second = 64.0 * 1024;

} // namespace

bool flood_guard::judge(time_point now, uint64_t received, uint64_t useful) {
  auto useless = received - std::min(received, useful);
  if (useless <= useless_)
    return false;
  auto seconds = std::chrono::duration<double>{now - since_}.count();
  level_ = std::max(0.0, level_ - seconds * per_second)
           + static_cast<double>(useless - useless_);
  since_ = now;
  useless_ = useless;
  return level_ > burst;
}

} // namespace tieline::ssh
