#include "tieline/transports/io/worker_pool.hpp"

#include "tieline/messages/support/pruning.hpp"
#include "tieline/transports/io/thread.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <list>
#include <mutex>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace tieline::io {

namespace {

using clock = std::chrono::steady_clock;

/// How long a thread without work stays.
constexpr auto linger = std::chrono::seconds{30};

worker_pool::limits limits_of(size_t per_group) {
  worker_pool::limits result;
  result.per_group = per_group;
  return result;
}

} // namespace

/// What the threads share. Functions of a job are never called, nor is a job
/// destroyed, under the lock: the last reference to an actor may go there, and
/// the pool with it.
class worker_pool::state : public std::enable_shared_from_this<state> {
public:
  state(limits how, thread_starter start)
    : how_(how),
      start_(std::move(start)) {
    // nop
  }

  void submit(job what) {
    std::unique_lock guard{mutex_};
    if (sweeping_.due(waiting_))
      sweep(guard);
    auto name = what.group;
    auto& to = groups_[name];
    to.waiting.push_back(std::move(what));
    ++waiting_;
    offer(to, name);
    staff(guard);
  }

  void close() {
    std::unique_lock guard{mutex_};
    closed_ = true;
    auto dropped = take_all();
    changed_.notify_all();
    // This may be the work of a visit.
    size_t ours = 0;
    for (const auto* x = innermost_; x != nullptr; x = x->around_)
      ours += &x->where_ == this ? 1 : 0;
    left_.wait(guard, [&] { return visitors_ == ours; });
    guard.unlock();
  }

private:
  struct group {
    std::deque<job> waiting;
    size_t running = 0;
    /// Whether it has a place in `turns_`.
    bool offered = false;
  };

  using running_list = std::list<clock::time_point>;

  /// While it lives, its thread may touch actors: the pool does not end.
  class visit {
  public:
    visit(state& where, std::unique_lock<std::mutex>& guard)
      : where_(where),
        guard_(guard),
        around_(std::exchange(innermost_, this)) {
      ++where_.visitors_;
      guard_.unlock();
    }

    visit(const visit&) = delete;

    visit& operator=(const visit&) = delete;

    ~visit() {
      guard_.lock();
      innermost_ = around_;
      --where_.visitors_;
      where_.left_.notify_all();
    }

  private:
    friend class state;

    state& where_;
    std::unique_lock<std::mutex>& guard_;
    const visit* around_;
  };

  void offer(group& what, const std::string& name) {
    if (what.offered || what.waiting.empty() || what.running >= how_.per_group)
      return;
    what.offered = true;
    turns_.push_back(name);
  }

  /// Has a thread look for work, if there is any.
  void staff(std::unique_lock<std::mutex>& guard) {
    if (turns_.empty())
      return;
    if (idle_ > 0) {
      changed_.notify_one();
      return;
    }
    if (threads_ >= how_.threads)
      return;
    ++threads_;
    try {
      start_([self = shared_from_this()] { self->work(); });
    } catch (const std::system_error& ex) {
      // The threads there are will come to it.
      if (--threads_ > 0)
        return;
      auto failed = take_all();
      auto why = "no thread for it: " + ex.code().message();
      guard.unlock();
      for (auto& what : failed)
        what.fail(why);
      failed.clear();
      guard.lock();
    }
  }

  void work() {
    std::unique_lock guard{mutex_};
    while (await_turn(guard)) {
      auto what = take();
      auto began = running_.insert(running_.end(), clock::now());
      staff(guard);
      if (wanted(what, guard)) {
        guard.unlock();
        what.run();
        guard.lock();
      }
      running_.erase(began);
      finish(what.group);
      ++idle_;
      conclude(what, guard);
      --idle_;
    }
    --threads_;
  }

  /// Returns whether a job is wanted; if not it is dropped.
  bool wanted(job& what, std::unique_lock<std::mutex>& guard) {
    visit here{*this, guard};
    if (what.wanted())
      return true;
    drop(what);
    return false;
  }

  void conclude(job& what, std::unique_lock<std::mutex>& guard) {
    if (closed_) {
      guard.unlock();
      drop(what);
      guard.lock();
    } else if (what.done) {
      visit here{*this, guard};
      what.done();
      drop(what);
    }
  }

  /// Returns false if the thread is to end.
  bool await_turn(std::unique_lock<std::mutex>& guard) {
    auto leave = clock::now() + linger;
    while (!closed_) {
      auto now = clock::now();
      auto until = turns_.empty() ? leave : free_at();
      if (until <= now)
        return !turns_.empty();
      ++idle_;
      changed_.wait_until(guard, until);
      --idle_;
    }
    return false;
  }

  /// Returns when another job may begin: once all but a few of those that run
  /// have shown that they take long.
  clock::time_point free_at() const {
    if (running_.size() < how_.at_once)
      return clock::time_point::min();
    return *std::prev(running_.end(), static_cast<long>(how_.at_once))
           + how_.patience;
  }

  job take() {
    auto name = std::move(turns_.front());
    turns_.pop_front();
    auto& from = groups_[name];
    from.offered = false;
    auto result = std::move(from.waiting.front());
    from.waiting.pop_front();
    --waiting_;
    ++from.running;
    offer(from, name);
    return result;
  }

  void finish(const std::string& name) {
    auto pos = groups_.find(name);
    --pos->second.running;
    offer(pos->second, name);
    if (pos->second.running == 0 && pos->second.waiting.empty())
      groups_.erase(pos);
  }

  /// Takes out the jobs that wait.
  std::vector<job> take_all() {
    std::vector<job> result;
    for (auto pos = groups_.begin(); pos != groups_.end();) {
      auto& [name, from] = *pos;
      std::move(from.waiting.begin(), from.waiting.end(),
                std::back_inserter(result));
      from.waiting.clear();
      from.offered = false;
      pos = from.running == 0 ? groups_.erase(pos) : std::next(pos);
    }
    turns_.clear();
    waiting_ = 0;
    return result;
  }

  /// Drops what nobody wants any more: behind a job that hangs for ever it
  /// would gather.
  void sweep(std::unique_lock<std::mutex>& guard) {
    auto all = take_all();
    {
      visit here{*this, guard};
      all.erase(std::remove_if(all.begin(), all.end(),
                               [](const job& x) { return !x.wanted(); }),
                all.end());
    }
    // Others may have come meanwhile; these are older.
    for (auto pos = all.rbegin(); pos != all.rend(); ++pos) {
      auto& to = groups_[pos->group];
      to.waiting.push_front(std::move(*pos));
      offer(to, to.waiting.front().group);
      ++waiting_;
    }
    sweeping_.done(waiting_);
  }

  /// The group's name is still of use.
  static void drop(job& what) {
    what.wanted = nullptr;
    what.run = nullptr;
    what.done = nullptr;
    what.fail = nullptr;
  }

  /// Of this thread.
  static thread_local const visit* innermost_;

  const limits how_;
  const thread_starter start_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable left_;
  std::unordered_map<std::string, group> groups_;
  /// Names of groups with a job that may begin.
  std::deque<std::string> turns_;
  size_t waiting_ = 0;
  pruning sweeping_;
  /// When the running ones began, in order.
  running_list running_;
  size_t threads_ = 0;
  size_t idle_ = 0;
  size_t visitors_ = 0;
  bool closed_ = false;
};

thread_local const worker_pool::state::visit* worker_pool::state::innermost_
  = nullptr;

worker_pool::worker_pool(size_t per_group)
  : worker_pool(limits_of(per_group), [](std::function<void()> what) {
      start_thread("tieline.work", std::move(what)).detach();
    }) {
  // nop
}

worker_pool::worker_pool(limits how, thread_starter start)
  : state_(std::make_shared<state>(how, std::move(start))) {
  // nop
}

worker_pool::~worker_pool() {
  state_->close();
}

void worker_pool::run(job what) {
  state_->submit(std::move(what));
}

} // namespace tieline::io
