#include "tieline/transports/ssh/keepalive.hpp"

namespace tieline::ssh {

keepalive::decision keepalive::judge(time_point now, uint64_t received) {
  if (received != received_) {
    received_ = received;
    heard_ = now;
    // Only then: a session at work would move its deadline all the time.
    if (waits_) {
      waits_ = false;
      deadline_ = in_an_interval(now);
    }
  }
  if (now < deadline_)
    return decision::wait;
  if (!waits_ && now < heard_ + interval_) {
    deadline_ = heard_ + interval_;
    return decision::wait;
  }
  deadline_ = now + interval_;
  if (!waits_)
    return decision::ask;
  // One at a time, even if more have passed: then it was us who stood still,
  // and an answer may be on its way.
  return ++unanswered_ < count_ ? decision::wait : decision::lost;
}

void keepalive::asked(time_point now, uint64_t received) {
  if (waits(received))
    return;
  received_ = received;
  waits_ = true;
  unanswered_ = 0;
  deadline_ = in_an_interval(now);
}

} // namespace tieline::ssh
