#include "tieline/actors/registry/standing_orders.hpp"

#include "tieline/actors/registry/selection.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

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

/// Asks of each before any is moved, since `gone` may look at the others.
template <class Orders, class Gone>
void remove(Orders& from, Gone gone) {
  Orders kept;
  std::copy_if(from.begin(), from.end(), std::back_inserter(kept),
               [&gone](const auto& x) { return !gone(x); });
  from = std::move(kept);
}

} // namespace

void standing_orders::note(operation what, const selector& whom) {
  auto held = hold_of(what);
  if (!held)
    return;
  order x{++last_number_, *held, whom};
  if (is_name(whom.hostname))
    note_named(std::move(x));
  else
    note_pattern(std::move(x));
}

void standing_orders::note_named(order x) {
  auto host = x.whom.hostname;
  auto& here = named_[host];
  remove(here, [&x](const order& y) { return covers(x.whom, y.whom); });
  here.push_back(std::move(x));
  remove(here, [this](const order& y) { return is_idle(y); });
  if (here.empty())
    named_.erase(host);
}

void standing_orders::note_pattern(order x) {
  auto everywhere = [this](auto gone) {
    remove(patterns_, gone);
    for (auto i = named_.begin(); i != named_.end();) {
      remove(i->second, gone);
      i = i->second.empty() ? named_.erase(i) : std::next(i);
    }
  };
  everywhere([&x](const order& y) { return covers(x.whom, y.whom); });
  patterns_.push_back(std::move(x));
  everywhere([this](const order& y) { return is_idle(y); });
}

hold standing_orders::held(const connection_key& key) const {
  const order* last = nullptr;
  auto look = [&](const orders& all) {
    for (const auto& x : all)
      if ((last == nullptr || x.number > last->number) && matches(x.whom, key))
        last = &x;
  };
  look(patterns_);
  if (auto i = named_.find(key.hostname); i != named_.end())
    look(i->second);
  return last == nullptr ? hold::none : last->what;
}

size_t standing_orders::size() const noexcept {
  auto result = patterns_.size();
  for (const auto& [host, all] : named_)
    result += all.size();
  return result;
}

bool standing_orders::overrules_any(const order& resume,
                                    const orders& earlier) const {
  return std::any_of(earlier.begin(), earlier.end(), [&](const order& x) {
    return x.number < resume.number && x.what != hold::none
           && may_meet(x.whom, resume.whom);
  });
}

/// Returns whether an order is a resume of nothing.
bool standing_orders::is_idle(const order& x) const {
  if (x.what != hold::none || overrules_any(x, patterns_))
    return false;
  if (!is_name(x.whom.hostname))
    return std::none_of(named_.begin(), named_.end(), [&](const auto& y) {
      return overrules_any(x, y.second);
    });
  auto i = named_.find(x.whom.hostname);
  return i == named_.end() || !overrules_any(x, i->second);
}

} // namespace tieline
