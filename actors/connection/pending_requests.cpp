#include "tieline/actors/connection/pending_requests.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <utility>

namespace tieline {

namespace {

constexpr size_t list_limit = 16;

void answer(pending_requests::opener& x, const caf::error& reason) {
  x.answer(reason);
}

void answer(pending_requests::work& x, const caf::error& reason) {
  x.promise.deliver(reason);
}

template <class Map>
std::vector<work_status>
list(const Map& from, pending_requests::time_point now) {
  std::vector<work_status> result;
  for (const auto& [number, x] : from)
    result.push_back({to_string(x.caller), now - x.since});
  std::sort(result.begin(), result.end(),
            [](auto& x, auto& y) { return x.span > y.span; });
  if (result.size() > list_limit)
    result.resize(list_limit);
  return result;
}

template <class Map>
void report(Map& from, pending_requests::time_point now, caf::timespan limit,
            const pending_requests::report& f) {
  if (limit.count() == 0)
    return;
  for (auto& [number, x] : from)
    if (!x.reported && now - x.since >= limit) {
      x.reported = true;
      f(x);
    }
}

template <class Map>
void first_report(const Map& from, caf::timespan limit,
                  pending_requests::time_point& result) {
  if (limit.count() == 0)
    return;
  for (const auto& [number, x] : from)
    if (!x.reported)
      result = std::min(result, x.since + limit);
}

} // namespace

pending_requests::pending_requests(timers& all, callbacks then)
  : timers_(all),
    then_(std::move(then)) {
  // nop
}

pending_requests::entry
pending_requests::made(patience until,
                       const caf::strong_actor_ptr& caller) const {
  return {timers_.now(),
          {},
          until.deadline,
          until.by_default,
          caf::actor_cast<caf::actor_addr>(caller)};
}

void pending_requests::set_due(uint64_t number, entry& x, time_point when) {
  timers_.cancel(x.due);
  x.deadline = when;
  x.due = timers_.at(when, [this, number] { expire(number); });
}

void pending_requests::add(open_answer answer, patience until,
                           const caf::strong_actor_ptr& caller) {
  expect_end(caller);
  auto number = ++last_number_;
  auto& x = openers_
              .emplace(number, opener{made(until, caller), std::move(answer)})
              .first->second;
  set_due(number, x, until.deadline);
}

uint64_t pending_requests::add(reply_promise promise, request what,
                               patience until,
                               const caf::strong_actor_ptr& caller) {
  auto number = ++last_number_;
  queued_.emplace(number, work{made(until, caller), std::move(promise),
                               std::move(what)});
  return number;
}

bool pending_requests::expect_wait(uint64_t number,
                                   const caf::strong_actor_ptr& caller) {
  auto i = queued_.find(number);
  if (i == queued_.end())
    return false;
  set_due(number, i->second, i->second.deadline);
  expect_end(caller);
  return true;
}

void pending_requests::expect_end(const caf::strong_actor_ptr& caller) {
  if (!caller)
    return;
  auto [i, added]
    = watched_.try_emplace(caf::actor_cast<caf::actor_addr>(caller));
  if (added)
    i->second = then_.watch_end(caller);
}

void pending_requests::expect_no_ends() {
  for (auto& [addr, end] : std::exchange(watched_, {}))
    end.give_up();
}

bool pending_requests::waits_since(uint64_t mark) const noexcept {
  auto any = [mark](const auto& x) {
    return !x.empty() && x.begin()->first < mark;
  };
  return any(openers_) || any(queued_);
}

pending_requests::time_point pending_requests::longest() const {
  auto result = time_point::min();
  for (const auto& [number, x] : openers_)
    result = std::max(result, x.deadline);
  for (const auto& [number, x] : queued_)
    result = std::max(result, x.deadline);
  return result;
}

caf::actor_addr pending_requests::first_caller() const {
  if (queued_.empty())
    return openers_.empty() ? caf::actor_addr{}
                            : openers_.begin()->second.caller;
  if (openers_.empty() || queued_.begin()->first < openers_.begin()->first)
    return queued_.begin()->second.caller;
  return openers_.begin()->second.caller;
}

void pending_requests::turn_has_come(time_point until) {
  for (auto& [number, x] : openers_)
    if (std::exchange(x.by_default, false))
      set_due(number, x, until);
}

void pending_requests::serve_openers() {
  for (auto& [number, x] : std::exchange(openers_, {})) {
    timers_.cancel(x.due);
    x.answer({});
  }
}

std::pair<uint64_t, request> pending_requests::run_next(time_point now,
                                                        time_point until) {
  auto node = queued_.extract(queued_.begin());
  auto number = node.key();
  auto& x = node.mapped();
  x.since = now;
  x.reported = false;
  timers_.cancel(x.due);
  if (x.by_default)
    x.deadline = until;
  // Kept: if the session ends before it has begun, it waits again.
  auto what = x.what;
  // Zero would mean no limit.
  what.timeout = std::max<caf::timespan>(x.deadline - now, caf::timespan{1});
  running_.insert(std::move(node));
  return {number, std::move(what)};
}

bool pending_requests::finish(uint64_t number, caf::expected<reply> result) {
  auto node = running_.extract(number);
  if (node.empty())
    return false;
  node.mapped().promise.deliver(std::move(result));
  return true;
}

void pending_requests::wait_again(uint64_t number) {
  auto node = running_.extract(number);
  if (node.empty())
    return;
  auto& x = queued_.insert(std::move(node)).position->second;
  x.by_default = false;
  set_due(number, x, x.deadline);
  if (!x.caller)
    return;
  if (auto caller = caf::actor_cast<caf::strong_actor_ptr>(x.caller))
    expect_end(caller);
  else
    drop(caf::actor_addr{x.caller});
}

void pending_requests::fail_waiting(const caf::error& reason) {
  for (auto& [number, x] : std::exchange(openers_, {})) {
    timers_.cancel(x.due);
    answer(x, reason);
  }
  for (auto& [number, x] : std::exchange(queued_, {})) {
    timers_.cancel(x.due);
    answer(x, reason);
  }
}

void pending_requests::fail_running(const caf::error& reason) {
  for (auto& [number, x] : std::exchange(running_, {}))
    x.promise.deliver(reason);
}

bool pending_requests::fail_overdue(time_point before,
                                    const caf::error& reason) {
  auto found = false;
  for (auto i = running_.begin(); i != running_.end();)
    if (i->second.deadline <= before) {
      i->second.promise.deliver(reason);
      i = running_.erase(i);
      found = true;
    } else {
      ++i;
    }
  return found;
}

pending_requests::time_point pending_requests::next_deadline() const {
  auto result = time_point::max();
  for (const auto& [number, x] : running_)
    result = std::min(result, x.deadline);
  return result;
}

void pending_requests::drop(const caf::actor_addr& caller) {
  watched_.erase(caller);
  auto drop_from = [&](auto& from) {
    for (auto i = from.begin(); i != from.end();) {
      if (i->second.caller == caller) {
        timers_.cancel(i->second.due);
        answer(i->second, make_error(errc::canceled,
                                     {{}, step::none, "the caller has ended"}));
        i = from.erase(i);
      } else {
        ++i;
      }
    }
  };
  drop_from(openers_);
  drop_from(queued_);
}

void pending_requests::expire(uint64_t number) {
  auto reason = then_.why_late();
  if (auto x = openers_.extract(number); !x.empty())
    answer(x.mapped(), reason);
  else
    queued_.extract(number).mapped().promise.deliver(reason);
  then_.on_late();
}

void pending_requests::report_long(time_point now, caf::timespan hold,
                                   const report& on_hold, caf::timespan wait,
                                   const report& on_wait) {
  tieline::report(running_, now, hold, on_hold);
  tieline::report(openers_, now, wait, on_wait);
  tieline::report(queued_, now, wait, on_wait);
}

pending_requests::time_point
pending_requests::next_report(caf::timespan hold, caf::timespan wait) const {
  auto result = time_point::max();
  first_report(running_, hold, result);
  first_report(openers_, wait, result);
  first_report(queued_, wait, result);
  return result;
}

std::vector<work_status> pending_requests::list_running(time_point now) const {
  return list(running_, now);
}

std::vector<work_status> pending_requests::list_queued(time_point now) const {
  return list(queued_, now);
}

} // namespace tieline
