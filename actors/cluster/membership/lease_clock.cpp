#include "tieline/actors/cluster/membership/lease_clock.hpp"

#include <algorithm>
#include <ctime>

namespace tieline {

boot_clock::time_point boot_clock::now() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return time_point{std::chrono::seconds{now.tv_sec}
                    + std::chrono::nanoseconds{now.tv_nsec}};
}

void lease_clock::begin(time_point sent, caf::timespan ttl) {
  sent_ = sent;
  // etcd may grant more than was asked for; nobody needs it.
  end_ = sent + std::min(ttl, lease_);
}

void lease_clock::renewed(time_point sent, caf::timespan ttl) {
  if (!sent_)
    return;
  sent_ = std::max(*sent_, sent);
  end_ = std::max(end_, sent + std::min(ttl, lease_));
}

} // namespace tieline
