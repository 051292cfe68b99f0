#include "tieline/actors/admission/breaker.hpp"

#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/support/backoff.hpp"

#include <algorithm>

namespace tieline {

namespace {

/// When to ask again while a probe is under way.
constexpr caf::timespan probe_patience = std::chrono::seconds{1};

constexpr caf::timespan forgotten_after = std::chrono::hours{24};

} // namespace

breaker::decision breaker::admit(const ticket& what, time_point now) {
  auto i = entries_.find(what.endpoint);
  if (is_exempt(what) || i == entries_.end() || !i->second.open)
    return {};
  auto& e = i->second;
  if (now < e.reopens)
    return {false, 0, e.reopens - now};
  if (e.probe != 0)
    return {false, 0, probe_patience};
  e.probe = ++last_probe_;
  return {true, e.probe, caf::timespan{0}};
}

bool breaker::answered(const std::string& endpoint) {
  auto node = entries_.extract(endpoint);
  return !node.empty() && node.mapped().open;
}

std::optional<caf::timespan> breaker::failed(const ticket& what, uint64_t probe,
                                             time_point now) {
  if (is_exempt(what))
    return std::nullopt;
  pruning_.run(entries_, [now](const auto& x) {
    return now - x.second.last_failure > forgotten_after && x.second.probe == 0;
  });
  auto& e = entries_[what.endpoint];
  ++e.failures;
  e.last_failure = now;
  // An attempt that began before the breaker opened does not prolong it.
  if (e.open ? e.probe == 0 || e.probe != probe
             : e.failures < what.breaker_failures)
    return std::nullopt;
  e.reopened = e.open ? e.reopened + 1 : 0;
  auto delay
    = backoff{what.breaker_delay, what.breaker_delay_max, 0}.wait(e.reopened);
  e.open = true;
  e.opened_by = what.key;
  e.reopens = now + delay;
  e.probe = 0;
  return delay;
}

void breaker::abandoned(const std::string& endpoint, uint64_t probe) {
  auto i = entries_.find(endpoint);
  if (probe != 0 && i != entries_.end() && i->second.probe == probe)
    i->second.probe = 0;
}

std::optional<connection_key> breaker::reset(const std::string& endpoint) {
  auto node = entries_.extract(endpoint);
  if (node.empty() || !node.mapped().open)
    return std::nullopt;
  return std::move(node.mapped().opened_by);
}

breaker::standing breaker::of(const std::string& endpoint,
                              time_point now) const {
  auto i = entries_.find(endpoint);
  if (i == entries_.end())
    return {};
  auto& e = i->second;
  if (!e.open)
    return {breaker_state::closed, e.failures, caf::timespan{0}};
  if (now < e.reopens)
    return {breaker_state::open, e.failures, e.reopens - now};
  return {breaker_state::half_open, e.failures, caf::timespan{0}};
}

} // namespace tieline
