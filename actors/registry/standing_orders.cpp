#include "tieline/actors/registry/standing_orders.hpp"

#include "tieline/actors/registry/selection.hpp"

#include <algorithm>
#include <optional>

namespace tieline {

namespace {

std::optional<hold> hold_of(operation what) {
  switch (what) {
    case operation::pause:
      return hold::paused;
    case operation::drain:
      return hold::draining;
    case operation::resume:
      return hold::none;
    default:
      return std::nullopt;
  }
}

bool is_name(const std::string& pattern) {
  return pattern.find_first_of("*?[\\") == std::string::npos;
}

/// Returns whether x matches all that y does. May say no when in doubt.
bool covers(const std::string& x, const std::string& y) {
  return x == "*" || x == y || (is_name(y) && matches(x, y));
}

bool covers(const selector& x, const selector& y) {
  return covers(x.hostname, y.hostname) && covers(x.plugin_name, y.plugin_name);
}

/// Returns whether something may match both. May say yes when in doubt.
bool may_meet(const std::string& x, const std::string& y) {
  if (is_name(x))
    return matches(y, x);
  return !is_name(y) || matches(x, y);
}

bool may_meet(const selector& x, const selector& y) {
  return may_meet(x.hostname, y.hostname)
         && may_meet(x.plugin_name, y.plugin_name);
}

} // namespace

void standing_orders::note(operation what, const selector& whom) {
  auto held = hold_of(what);
  if (!held)
    return;
  auto overruled = std::remove_if(orders_.begin(), orders_.end(),
                                  [&whom](const order& earlier) {
                                    return covers(whom, earlier.whom);
                                  });
  orders_.erase(overruled, orders_.end());
  orders_.push_back({*held, whom});
  drop_idle_resumes();
}

hold standing_orders::held(const connection_key& key) const {
  auto last
    = std::find_if(orders_.rbegin(), orders_.rend(),
                   [&key](const order& x) { return matches(x.whom, key); });
  return last == orders_.rend() ? hold::none : last->what;
}

void standing_orders::drop_idle_resumes() {
  std::vector<order> kept;
  for (auto& x : orders_) {
    auto overrules = [&x](const order& earlier) {
      return earlier.what != hold::none && may_meet(earlier.whom, x.whom);
    };
    if (x.what != hold::none
        || std::any_of(kept.begin(), kept.end(), overrules))
      kept.push_back(std::move(x));
  }
  orders_ = std::move(kept);
}

} // namespace tieline
