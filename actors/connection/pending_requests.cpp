#include "tieline/actors/connection/pending_requests.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <utility>

namespace tieline {

namespace {

constexpr size_t list_limit = 16;

template <class Map>
std::vector<work_status>
list(const Map& from, pending_requests::time_point now) {
  std::vector<work_status> result;
  for (const auto& [id, x] : from)
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
  for (auto& [id, x] : from)
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
  for (const auto& [id, x] : from)
    if (!x.reported)
      result = std::min(result, x.since + limit);
}

} // namespace

pending_requests::pending_requests(alarm& clock, watcher watch_end)
  : clock_(clock),
    watch_end_(std::move(watch_end)) {
  // nop
}

void pending_requests::add(open_promise promise, patience until,
                           const caf::strong_actor_ptr& caller) {
  expect_end(caller);
  opener x{{clock_.now(), until, caf::actor_cast<caf::actor_addr>(caller)},
           std::move(promise)};
  openers_.emplace(clock_.add(until.deadline), std::move(x));
}

void pending_requests::add(reply_promise promise, request what, patience until,
                           const caf::strong_actor_ptr& caller) {
  work x{{clock_.now(), until, caf::actor_cast<caf::actor_addr>(caller)},
         std::move(promise),
         std::move(what)};
  queued_.emplace(clock_.add(until.deadline), std::move(x));
}

void pending_requests::expect_end(const caf::strong_actor_ptr& caller) {
  if (!caller)
    return;
  auto [i, added]
    = watched_.try_emplace(caf::actor_cast<caf::actor_addr>(caller));
  if (added)
    i->second = watch_end_(caller);
}

void pending_requests::expect_no_ends() {
  for (auto& [addr, end] : std::exchange(watched_, {}))
    end.give_up();
}

bool pending_requests::waits_since(uint64_t id) const noexcept {
  auto any = [id](const auto& x) {
    return !x.empty() && x.begin()->first < id;
  };
  return any(openers_) || any(queued_);
}

pending_requests::time_point pending_requests::longest() const {
  auto result = time_point::min();
  for (const auto& [id, x] : openers_)
    result = std::max(result, x.until.deadline);
  for (const auto& [id, x] : queued_)
    result = std::max(result, x.until.deadline);
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
  for (auto& [id, x] : openers_)
    if (std::exchange(x.until.by_default, false)) {
      clock_.move(x.until.deadline, until, id);
      x.until.deadline = until;
    }
}

void pending_requests::serve_openers() {
  for (auto& [id, x] : std::exchange(openers_, {})) {
    clock_.remove(x.until.deadline, id);
    x.promise.deliver();
  }
}

std::pair<uint64_t, request> pending_requests::run_next(time_point now,
                                                        time_point until) {
  auto node = queued_.extract(queued_.begin());
  auto id = node.key();
  auto& x = node.mapped();
  x.since = now;
  x.reported = false;
  if (x.until.by_default) {
    clock_.move(x.until.deadline, until, id);
    x.until.deadline = until;
  }
  auto what = std::move(x.what);
  // Zero would mean no limit.
  what.timeout = std::max<caf::timespan>(x.until.deadline - now,
                                         caf::timespan{1});
  running_.insert(std::move(node));
  return {id, std::move(what)};
}

bool pending_requests::finish(uint64_t id, caf::expected<reply> result) {
  auto node = running_.extract(id);
  if (node.empty())
    return false;
  clock_.remove(node.mapped().until.deadline, id);
  node.mapped().promise.deliver(std::move(result));
  return true;
}

void pending_requests::fail_waiting(const caf::error& reason) {
  for (auto& [id, x] : std::exchange(openers_, {})) {
    clock_.remove(x.until.deadline, id);
    x.promise.deliver(reason);
  }
  for (auto& [id, x] : std::exchange(queued_, {})) {
    clock_.remove(x.until.deadline, id);
    x.promise.deliver(reason);
  }
}

void pending_requests::fail_running(const caf::error& reason) {
  for (auto& [id, x] : std::exchange(running_, {})) {
    clock_.remove(x.until.deadline, id);
    x.promise.deliver(reason);
  }
}

void pending_requests::drop(const caf::actor_addr& caller) {
  watched_.erase(caller);
  auto drop_from = [&](auto& from) {
    for (auto i = from.begin(); i != from.end();) {
      if (i->second.caller == caller) {
        clock_.remove(i->second.until.deadline, i->first);
        i->second.promise.deliver(
          make_error(errc::canceled, {{}, step::none, "the caller has ended"}));
        i = from.erase(i);
      } else {
        ++i;
      }
    }
  };
  drop_from(openers_);
  drop_from(queued_);
}

pending_requests::whose pending_requests::expire(uint64_t id,
                                                 const caf::error& opening,
                                                 const caf::error& executing) {
  auto answer = [id](auto& from, const caf::error& reason) {
    auto node = from.extract(id);
    if (node.empty())
      return false;
    node.mapped().promise.deliver(reason);
    return true;
  };
  if (answer(openers_, opening))
    return whose::opener;
  if (answer(queued_, opening))
    return whose::queued;
  if (answer(running_, executing))
    return whose::running;
  return whose::nobody;
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
