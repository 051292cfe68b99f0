#include "tieline/actors/connection/pending_requests.hpp"

#include "tieline/actors/runtime/caller_name.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/support/jitter.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <utility>

namespace tieline {

namespace {

constexpr size_t list_limit = 16;

void answer(pending_requests::opener& x, const caf::error& reason) {
  x.answer(reason);
}

void answer(pending_requests::lessee& x, const caf::error& reason) {
  x.promise.deliver(reason);
}

void answer(pending_requests::work& x, const caf::error& reason) {
  x.promise.deliver(reason);
}

caf::error lease_ended() {
  failure why{{}, step::execute, {}};
  why.details[begun_detail] = not_begun;
  return make_error(errc::lease_ended, std::move(why));
}

std::string who(const pending_requests::entry& x) {
  return caller_name(x.caller);
}

std::string who(const pending_requests::work& x) {
  if (x.canceled)
    return "nobody any more: it was canceled";
  return x.what.caller.empty() ? caller_name(x.caller) : x.what.caller;
}

template <class Map>
std::vector<work_status>
list(const Map& from, pending_requests::time_point now) {
  std::vector<work_status> result;
  result.reserve(from.size());
  for (const auto& [number, x] : from)
    result.push_back({who(x), now - x.since});
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
      f(who(x), now - x.since);
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

void pending_requests::add(lease_promise promise, caf::timespan time,
                           patience until,
                           const caf::strong_actor_ptr& caller) {
  expect_end(caller);
  auto number = ++last_number_;
  auto& x = lessees_
              .emplace(number,
                       lessee{made(until, caller), std::move(promise), time})
              .first->second;
  set_due(number, x, until.deadline);
}

caf::timespan pending_requests::grant() {
  auto next = lessees_.extract(lessees_.begin());
  auto& x = next.mapped();
  timers_.cancel(x.due);
  // Not to be guessed, nor to be that of another session.
  constexpr auto most = 9e15;
  lease_ = 1 + static_cast<uint64_t>(random01() * most);
  holder_ = x.caller;
  x.promise.deliver(lease_);
  return x.time;
}

void pending_requests::end_lease() {
  auto ended = std::exchange(lease_, 0);
  holder_ = {};
  if (ended == 0)
    return;
  for (auto i = queued_.begin(); i != queued_.end();)
    if (i->second.what.lease == ended) {
      timers_.cancel(i->second.due);
      i->second.promise.deliver(lease_ended());
      i = queued_.erase(i);
    } else {
      ++i;
    }
}

std::map<uint64_t, pending_requests::work>::const_iterator
pending_requests::next() const {
  if (lease_ == 0)
    return queued_.begin();
  return std::find_if(queued_.begin(), queued_.end(), [this](const auto& x) {
    return x.second.what.lease == lease_;
  });
}

bool pending_requests::has_next() const {
  return next() != queued_.end();
}

bool pending_requests::expect_wait(uint64_t number,
                                   const caf::strong_actor_ptr& caller) {
  auto i = queued_.find(number);
  auto waits = i != queued_.end();
  if (!waits) {
    i = running_.find(number);
    if (i == running_.end())
      return false;
  }
  if (!i->second.what.outlives_caller)
    expect_end(caller);
  if (waits)
    set_due(number, i->second, i->second.deadline);
  return waits;
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
  return any(openers_) || any(queued_) || any(lessees_);
}

pending_requests::time_point pending_requests::longest() const {
  auto result = time_point::min();
  for (const auto& [number, x] : openers_)
    result = std::max(result, x.deadline);
  for (const auto& [number, x] : queued_)
    result = std::max(result, x.deadline);
  for (const auto& [number, x] : lessees_)
    result = std::max(result, x.deadline);
  return result;
}

caf::actor_addr pending_requests::first_caller() const {
  caf::actor_addr result;
  auto first = last_number_ + 1;
  auto look = [&](const auto& from) {
    if (!from.empty() && from.begin()->first < first) {
      first = from.begin()->first;
      result = from.begin()->second.caller;
    }
  };
  look(openers_);
  look(queued_);
  look(lessees_);
  return result;
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
  auto node = queued_.extract(next());
  auto number = node.key();
  auto& x = node.mapped();
  x.since = now;
  x.reported = false;
  timers_.cancel(x.due);
  if (x.by_default)
    x.deadline = until;
  // Kept: if the session ends before it has begun, it waits again.
  auto what = x.what;
  what.number = number;
  // Zero would mean no limit.
  what.timeout = std::max<caf::timespan>(x.deadline - now, caf::timespan{1});
  running_.insert(std::move(node));
  return {number, std::move(what)};
}

bool pending_requests::finish(uint64_t number, caf::expected<reply> result) {
  auto node = running_.extract(number);
  if (node.empty())
    return false;
  if (node.mapped().canceled)
    --canceled_;
  else
    node.mapped().promise.deliver(std::move(result));
  return true;
}

void pending_requests::wait_again(uint64_t number) {
  auto node = running_.extract(number);
  if (node.empty())
    return;
  if (node.mapped().canceled) {
    --canceled_;
    return;
  }
  // What it was to see there is gone with the session.
  if (auto& x = node.mapped(); x.what.lease != lease_ && x.what.lease != 0) {
    x.promise.deliver(lease_ended());
    return;
  }
  auto& x = queued_.insert(std::move(node)).position->second;
  x.by_default = false;
  set_due(number, x, x.deadline);
  if (!x.caller || x.what.outlives_caller)
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
  for (auto& [number, x] : std::exchange(lessees_, {})) {
    timers_.cancel(x.due);
    answer(x, reason);
  }
}

void pending_requests::fail_running(const caf::error& reason) {
  canceled_ = 0;
  for (auto& [number, x] : std::exchange(running_, {}))
    if (!x.canceled)
      x.promise.deliver(reason);
}

bool pending_requests::fail_overdue(time_point before,
                                    const caf::error& reason) {
  auto found = false;
  for (auto i = running_.begin(); i != running_.end();)
    if (i->second.deadline <= before) {
      if (i->second.canceled)
        --canceled_;
      else
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

template <class Predicate>
uint64_t
pending_requests::cancel_if(Predicate is_due, const caf::error& reason) {
  uint64_t count = 0;
  for (auto i = queued_.begin(); i != queued_.end();)
    if (is_due(i->second)) {
      timers_.cancel(i->second.due);
      i->second.promise.deliver(reason);
      i = queued_.erase(i);
      ++count;
    } else {
      ++i;
    }
  for (auto& [number, x] : running_)
    if (!x.canceled && is_due(x)) {
      x.canceled = true;
      ++canceled_;
      ++count;
      x.promise.deliver(reason);
      then_.give_up(number);
    }
  return count;
}

void pending_requests::drop(const caf::actor_addr& caller) {
  watched_.erase(caller);
  auto reason = canceled_by("the end of the caller", {}, step::none,
                            "the caller has ended");
  auto drop_from = [&](auto& from) {
    for (auto i = from.begin(); i != from.end();)
      if (i->second.caller == caller) {
        timers_.cancel(i->second.due);
        answer(i->second, reason);
        i = from.erase(i);
      } else {
        ++i;
      }
  };
  drop_from(openers_);
  drop_from(lessees_);
  cancel_if(
    [&caller](const work& x) {
      return x.caller == caller && !x.what.outlives_caller;
    },
    reason);
  if (lease_ != 0 && holder_ == caller)
    then_.on_holder_end();
}

uint64_t pending_requests::cancel(const std::string& tag,
                                  const caf::error& reason) {
  return cancel_if([&tag](const work& x) { return x.what.tag == tag; }, reason);
}

void pending_requests::expire(uint64_t number) {
  auto reason = then_.why_late();
  if (auto x = openers_.extract(number); !x.empty())
    answer(x.mapped(), reason);
  else if (auto y = lessees_.extract(number); !y.empty())
    answer(y.mapped(), reason);
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
  tieline::report(lessees_, now, wait, on_wait);
}

pending_requests::time_point
pending_requests::next_report(caf::timespan hold, caf::timespan wait) const {
  auto result = time_point::max();
  first_report(running_, hold, result);
  first_report(openers_, wait, result);
  first_report(queued_, wait, result);
  first_report(lessees_, wait, result);
  return result;
}

std::vector<work_status> pending_requests::list_running(time_point now) const {
  return list(running_, now);
}

std::vector<work_status> pending_requests::list_queued(time_point now) const {
  return list(queued_, now);
}

} // namespace tieline
