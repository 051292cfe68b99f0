#include "tieline/actors/admission/waiting_line.hpp"

#include "tieline/messages/internal/ticket.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tieline {

namespace {

waits_for room_in(const opening_scope& x) {
  switch (x.kind) {
    case opening_scope::credential:
      return waits_for::max_opening_per_credential;
    case opening_scope::jump:
      return waits_for::max_opening_per_jump_domain;
    default:
      return waits_for::opens_per_minute;
  }
}

} // namespace

void waiting_line::join(attempt_id who, const ticket& what) {
  auto [i, added] = entries_.try_emplace(who);
  if (!added)
    return;
  auto& x = i->second;
  x.in = scopes_.use(what);
  x.rate = what.opens_per_minute;
  x.caller = what.caller;
  x.dials = what.tells_dialed;
  // Where nobody waits, the turn of those who wait elsewhere is ours: a domain
  // that was quiet for long has no claim from that.
  auto& domain = *x.in[opening_scope::credential];
  if (domain.waiting.empty())
    domain.tag = tag_;
  auto& from = callers_[what.caller];
  from.tag = std::max(domain.tag, from.tag) + 1;
  x.order = {from.tag, ++arrivals_};
  enter_group(who, x);
}

std::optional<attempt_id> waiting_line::next(time_point now) {
  move_up(now);
  if (!resumed_.empty())
    return resumed_.extract(resumed_.begin()).value();
  if (held_up_.empty() || opening_ >= limits_.opening
      || opening_ + dialing_ + sessions_ >= limits_.sessions)
    return std::nullopt;
  auto who = held_up_.begin()->second;
  auto& x = entries_.at(who);
  hold_up_no_more(x);
  x.at = stage::opening;
  ++opening_;
  scopes_.begin(x.in, now);
  if (x.dials) {
    x.grace_ends = now + dial_grace;
    diallers_.emplace(x.grace_ends, who);
  }
  return who;
}

bool waiting_line::connected(attempt_id who) {
  auto i = entries_.find(who);
  if (i == entries_.end())
    return true;
  auto& x = i->second;
  if (x.at == stage::opening)
    diallers_.erase({x.grace_ends, who});
  if (x.at != stage::dialing)
    return true;
  ++returning_;
  auto& domain = *x.in[opening_scope::credential];
  domain.returning.emplace(x.order, who);
  expect_return(domain, true);
  return false;
}

void waiting_line::leave(attempt_id who) {
  auto i = entries_.find(who);
  if (i == entries_.end())
    return;
  auto& x = i->second;
  switch (x.at) {
    case stage::waiting:
      leave_group(x);
      break;
    case stage::held_up:
      hold_up_no_more(x);
      opening_scopes::give_back(x.in, false);
      break;
    case stage::opening:
      --opening_;
      diallers_.erase({x.grace_ends, who});
      resumed_.erase(who);
      opening_scopes::give_back(x.in, true);
      break;
    case stage::dialing: {
      --dialing_;
      auto& domain = *x.in[opening_scope::credential];
      returning_ -= domain.returning.erase(x.order);
      expect_return(domain, domain.next_return.has_value());
      break;
    }
  }
  opening_scopes::give_back(x.kept, true);
  for (const auto& scopes : {x.in, x.kept}) {
    wake(scopes);
    scopes_.drop(scopes);
  }
  entries_.erase(i);
}

void waiting_line::opened(attempt_id who) {
  ++sessions_;
  leave(who);
}

void waiting_line::release() {
  --sessions_;
}

std::optional<waiting_line::time_point> waiting_line::due() const {
  std::optional<time_point> result;
  if (at_hosts_ > 0)
    result = scopes_.next_expiry();
  if (may_yield())
    result = std::min(diallers_.begin()->first,
                      result.value_or(time_point::max()));
  return result;
}

waiting_line::standing waiting_line::of(attempt_id who,
                                        const ticket& what) const {
  auto i = entries_.find(who);
  const auto* x = i == entries_.end() ? nullptr : &i->second;
  auto returns = x != nullptr && x->at == stage::dialing
                 && x->in[opening_scope::credential]->returning.count(x->order)
                      > 0;
  if (x != nullptr
      && (x->at == stage::opening || (x->at == stage::dialing && !returns)))
    return {};
  auto all = opening_ + dialing_ + sessions_;
  auto no_session = !returns && all + held_up_.size() >= limits_.sessions;
  if (x != nullptr && x->at == stage::held_up) {
    return {waits_for::max_sessions, held_up_.order_of_key(x->held_up) + 1, all,
            limits_.sessions};
  }
  auto in = x != nullptr ? x->in : scopes_.find(what);
  if (auto* at = scopes_.full(in, what.opens_per_minute))
    return {room_in(*at), x == nullptr ? 0 : ahead_of(*x, at) + 1, at->used,
            scopes_.limit(at->kind, what.opens_per_minute)};
  auto position = x == nullptr ? 0
                               : held_up_.size() + ahead_of(*x, nullptr) + 1;
  // Who is held up has a place that those behind wait for, but all wait for
  // the end of a session.
  if (no_session)
    return {waits_for::max_sessions, position, all, limits_.sessions};
  if (opening_ + held_up_.size() >= limits_.opening)
    return {waits_for::max_opening, position, opening_, limits_.opening};
  return {};
}

/// Has an attempt wait in the group of its scopes.
void waiting_line::enter_group(attempt_id who, entry& x) {
  ++callers_[x.caller].waiting;
  waiting_.insert(x.order);
  for (auto* scope : x.in)
    if (scope != nullptr)
      scope->waiting.insert(x.order);
  auto& group = groups_[x.in];
  unpark(group);
  group.waiting.emplace(x.order, who);
  park(group, nullptr);
}

/// Puts a group where it waits; none: among those who may go ahead.
void waiting_line::park(waiting_group& x, opening_scope* at) {
  x.at = at;
  auto& where = at != nullptr ? at->blocked : ready_;
  where.emplace(x.waiting.begin()->first, &x);
  if (at != nullptr && at->kind == opening_scope::host)
    ++at_hosts_;
}

/// Takes a group from where it waits, before anybody joins or leaves it.
void waiting_line::unpark(waiting_group& x) {
  if (x.waiting.empty())
    return;
  auto& where = x.at != nullptr ? x.at->blocked : ready_;
  where.erase(x.waiting.begin()->first);
  if (x.at != nullptr && x.at->kind == opening_scope::host)
    --at_hosts_;
}

void waiting_line::wake(const scope_set& in) {
  for (auto* x : in)
    if (x != nullptr)
      wake(x);
}

/// Lets the first of a scope's groups go ahead if there is room. One is enough:
/// it wakes the next one when it goes.
void waiting_line::wake(opening_scope* x) {
  expect_return(*x, true);
  if (x->blocked.empty())
    return;
  auto& first = *x->blocked.begin()->second;
  auto rate = entries_.at(first.waiting.begin()->second).rate;
  if (x->used >= scopes_.limit(x->kind, rate))
    return;
  unpark(first);
  park(first, nullptr);
}

/// Takes one out of its group, which has another first then, or ends.
void waiting_line::leave_group(entry& x) {
  auto i = groups_.find(x.in);
  auto& group = i->second;
  unpark(group);
  group.waiting.erase(x.order);
  if (group.waiting.empty())
    groups_.erase(i);
  else
    park(group, nullptr);
  waiting_.erase(x.order);
  for (auto* scope : x.in)
    if (scope != nullptr)
      scope->waiting.erase(x.order);
  auto from = callers_.find(x.caller);
  if (--from->second.waiting == 0)
    callers_.erase(from);
}

/// Gives places, but for that of a session, to all that find room.
void waiting_line::move_up(time_point now) {
  while (auto* host = scopes_.expired(now)) {
    wake(host);
    scopes_.drop(host);
  }
  do {
    let_return();
    let_go_ahead();
  } while (yield_place(now));
}

/// Gives places, but for that of a session, to those that come first and find
/// room.
void waiting_line::let_go_ahead() {
  while (opening_ + held_up_.size() < limits_.opening && !ready_.empty()) {
    auto& group = *ready_.begin()->second;
    auto who = group.waiting.begin()->second;
    auto& x = entries_.at(who);
    if (auto* at = scopes_.full(x.in, x.rate)) {
      unpark(group);
      park(group, at);
    } else {
      leave_group(x);
      opening_scopes::take(x.in);
      tag_ = std::max(tag_, x.order.first);
      auto& domain = *x.in[opening_scope::credential];
      domain.tag = std::max(domain.tag, x.order.first);
      hold_up(who, x);
    }
    wake(x.in);
  }
}

bool waiting_line::may_yield() const {
  auto room = opening_ + dialing_ + sessions_ + held_up_.size()
              < limits_.sessions;
  return !diallers_.empty() && dialing_ < limits_.dialing
         && (returning_ > 0 || (room && waiting() > held_up_.size()));
}

/// Takes the place for logging in from the one who has dialed longest, if that
/// is too long and others wait.
bool waiting_line::yield_place(time_point now) {
  if (!may_yield() || diallers_.begin()->first > now)
    return false;
  auto who = diallers_.extract(diallers_.begin()).value().second;
  auto& x = entries_.at(who);
  x.at = stage::dialing;
  --opening_;
  ++dialing_;
  x.kept = std::exchange(x.in, {});
  std::swap(x.kept[opening_scope::credential], x.in[opening_scope::credential]);
  opening_scopes::give_back(x.in, true);
  wake(x.in);
  return true;
}

/// Gives places to those that are connected and wait for them. They go before
/// those that wait for the end of a session.
void waiting_line::let_return() {
  while (!next_returns_.empty() && opening_ < limits_.opening) {
    auto& domain = *next_returns_.begin()->second;
    auto who = domain.returning.begin()->second;
    auto& x = entries_.at(who);
    if (scopes_.full(x.in, x.rate) != nullptr && !domain.held_up.empty()) {
      auto last = std::prev(domain.held_up.end())->second;
      auto& other = entries_.at(last);
      hold_up_no_more(other);
      opening_scopes::give_back(other.in, false);
      other.at = stage::waiting;
      enter_group(last, other);
      wake(other.in);
    }
    if (scopes_.full(x.in, x.rate) != nullptr) {
      expect_return(domain, false);
      continue;
    }
    opening_scopes::take(x.in);
    x.at = stage::opening;
    --dialing_;
    ++opening_;
    resumed_.insert(who);
    --returning_;
    domain.returning.erase(x.order);
    expect_return(domain, true);
  }
}

/// Keeps the first that returns to a domain where @ref let_return finds it, if
/// the domain may have room.
void waiting_line::expect_return(opening_scope& domain, bool may_have_room) {
  if (auto before = std::exchange(domain.next_return, std::nullopt))
    next_returns_.erase(*before);
  if (!may_have_room || domain.returning.empty())
    return;
  domain.next_return = domain.returning.begin()->first;
  next_returns_.emplace(*domain.next_return, &domain);
}

/// Has one that has its other places wait for the end of a session.
void waiting_line::hold_up(attempt_id who, entry& x) {
  x.at = stage::held_up;
  x.held_up = ++held_up_ever_;
  held_up_.insert({x.held_up, who});
  x.in[opening_scope::credential]->held_up.emplace(x.held_up, who);
}

void waiting_line::hold_up_no_more(entry& x) {
  held_up_.erase(x.held_up);
  x.in[opening_scope::credential]->held_up.erase(x.held_up);
}

/// Returns how many wait at a scope, or at all, and have their turn before.
uint64_t waiting_line::ahead_of(const entry& x, const opening_scope* at) const {
  return (at != nullptr ? at->waiting : waiting_).order_of_key(x.order);
}

} // namespace tieline
