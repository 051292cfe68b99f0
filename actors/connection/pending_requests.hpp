#pragma once

#include "tieline/actors/runtime/caller_monitor.hpp"
#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/explanation.hpp"
#include "tieline/messages/interfaces.hpp"

#include <caf/actor_addr.hpp>
#include <caf/expected.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tieline {

/// All that callers want of a connection: opens and requests that wait, and
/// requests that run. Each is answered once; who waits, by its deadline at the
/// latest. The deadline of a request that runs is the transport's. What a
/// caller that has ended has asked for is canceled, and so is what somebody
/// cancels by its tag. A canceled request that runs keeps its place until the
/// transport answers it.
class pending_requests {
public:
  using time_point = timers::time_point;
  /// Answers an open; without an error: the session is up.
  using open_answer = std::function<void(const caf::error&)>;
  using reply_promise = caf::typed_response_promise<reply>;

  /// How long a caller waits: until a time, or for its turn and then for the
  /// deed.
  struct patience {
    time_point deadline;
    /// The caller left the deadline to the settings.
    bool by_default;
  };

  struct entry {
    time_point since;
    /// While it waits: what answers it then.
    timers::id due;
    time_point deadline;
    bool by_default;
    caf::actor_addr caller;
    /// Somebody was told that it takes long.
    bool reported = false;
  };

  struct opener : entry {
    open_answer answer;
  };

  struct work : entry {
    reply_promise promise;
    request what;
    /// Nobody waits for it any more.
    bool canceled = false;
  };

  using lease_promise = caf::typed_response_promise<uint64_t>;

  /// Somebody who waits for a lease.
  struct lessee : entry {
    lease_promise promise;
    caf::timespan time;
  };

  struct callbacks {
    /// Has @ref drop called when the actor has ended.
    std::function<caller_watch(const caf::strong_actor_ptr&)> watch_end;
    /// Says what to answer somebody whose deadline has passed.
    std::function<caf::error()> why_late;
    /// Somebody was answered so.
    std::function<void()> on_late;
    /// A request that runs is to be given up.
    std::function<void(uint64_t)> give_up;
    /// The holder of the lease has ended.
    std::function<void()> on_holder_end;
  };

  /// @param all holds the deadlines; is to live as long
  pending_requests(timers& all, callbacks then);

  void add(open_answer answer, patience until,
           const caf::strong_actor_ptr& caller);

  /// Neither the deadline nor the caller's end is waited for: most requests run
  /// at once. For those that do not there is @ref expect_wait. Returns a number
  /// for it.
  uint64_t add(reply_promise promise, request what, patience until,
               const caf::strong_actor_ptr& caller);

  /// Waits for a lease of the session.
  void add(lease_promise promise, caf::timespan time, patience until,
           const caf::strong_actor_ptr& caller);

  /// Waits for the deadline of a request if it has not begun to run, and for
  /// the end of its caller. Returns whether it has not begun.
  bool expect_wait(uint64_t number, const caf::strong_actor_ptr& caller);

  /// Has @ref drop called when the caller has ended.
  void expect_end(const caf::strong_actor_ptr& caller);

  /// Has @ref drop called no more.
  void expect_no_ends();

  /// Returns whether anybody waits for a session.
  bool waiting() const noexcept {
    return !openers_.empty() || !queued_.empty() || !lessees_.empty();
  }

  bool running() const noexcept {
    return !running_.empty();
  }

  /// Returns whether somebody waits for a request that runs.
  bool busy() const noexcept {
    return running_.size() > canceled_;
  }

  size_t openers() const noexcept {
    return openers_.size();
  }

  size_t queued() const noexcept {
    return queued_.size();
  }

  /// Returns the number of the lease that holds; zero for none.
  uint64_t lease() const noexcept {
    return lease_;
  }

  /// Returns whether somebody waits for a lease.
  bool lease_wanted() const noexcept {
    return !lessees_.empty();
  }

  /// Returns whether a lease is the next to be given: it was asked for before
  /// all requests that wait.
  bool lease_is_next() const noexcept {
    return !lessees_.empty()
           && (queued_.empty()
               || lessees_.begin()->first < queued_.begin()->first);
  }

  /// Gives the next lease; only if one is wanted. Returns its time.
  caf::timespan grant();

  /// Ends the lease, if there is one. Those of its requests that wait are
  /// answered.
  void end_lease();

  /// Returns whether a request may begin: one of the lease, if there is one.
  bool has_next() const;

  size_t in_flight() const noexcept {
    return running_.size();
  }

  /// Returns a number by which @ref waits_since tells who came before.
  uint64_t mark() noexcept {
    return ++last_number_;
  }

  /// Returns whether somebody waits who has since before this mark.
  bool waits_since(uint64_t mark) const noexcept;

  /// Returns until when somebody waits at the longest; only if any does.
  time_point longest() const;

  /// Returns for whom a session would be opened: who waits the longest.
  caf::actor_addr first_caller() const;

  /// The attempt that all wait for begins: who left the deadline to the
  /// settings waits until this time for it to succeed.
  void turn_has_come(time_point until);

  /// Answers the openers.
  void serve_openers();

  /// Moves the request that waits the longest, of those that may begin, to
  /// those that run, with this deadline if the caller left it to the settings.
  /// Returns its number and itself.
  std::pair<uint64_t, request> run_next(time_point now, time_point until);

  /// Answers a request that runs. Returns false if none has this number any
  /// more.
  bool finish(uint64_t number, caf::expected<reply> result);

  /// Lets a request that runs wait again, at its old place and with its old
  /// deadline: the session has ended before it had begun.
  void wait_again(uint64_t number);

  /// Answers all who wait for a session.
  void fail_waiting(const caf::error& reason);

  /// Answers the requests that run.
  void fail_running(const caf::error& reason);

  /// Answers the requests that run and whose deadline was before a time.
  /// Returns whether there are any.
  bool fail_overdue(time_point before, const caf::error& reason);

  /// Returns the earliest deadline of a request that runs; the greatest time
  /// for none.
  time_point next_deadline() const;

  /// Cancels what an actor that has ended has asked for.
  void drop(const caf::actor_addr& caller);

  /// Cancels the requests with this tag. Returns their number.
  uint64_t cancel(const std::string& tag, const caf::error& reason);

  /// @param who has asked, in words
  using report = std::function<void(std::string who, caf::timespan span)>;

  /// Reports all that takes longer than that (zero: none does), once.
  void report_long(time_point now, caf::timespan hold, const report& on_hold,
                   caf::timespan wait, const report& on_wait);

  /// Returns when something will first take that long; the greatest time for
  /// never.
  time_point next_report(caf::timespan hold, caf::timespan wait) const;

  /// Tells of the requests that run, and that wait, longest first.
  std::vector<work_status> list_running(time_point now) const;
  std::vector<work_status> list_queued(time_point now) const;

private:
  entry made(patience until, const caf::strong_actor_ptr& caller) const;

  template <class Predicate>
  uint64_t cancel_if(Predicate is_due, const caf::error& reason);

  void set_due(uint64_t number, entry& x, time_point when);

  std::map<uint64_t, work>::const_iterator next() const;

  void expire(uint64_t number);

  timers& timers_;
  callbacks then_;
  uint64_t last_number_ = 0;
  /// In order of arrival.
  std::map<uint64_t, opener> openers_;
  std::map<uint64_t, work> queued_;
  std::map<uint64_t, lessee> lessees_;
  std::map<uint64_t, work> running_;
  /// How many of those that run are canceled.
  size_t canceled_ = 0;
  uint64_t lease_ = 0;
  caf::actor_addr holder_;
  /// Callers whose end we will be told.
  std::unordered_map<caf::actor_addr, caller_watch> watched_;
};

} // namespace tieline
