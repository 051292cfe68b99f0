#include "tieline/transports/io/poller.hpp"

#include "tieline/transports/io/post.hpp"
#include "tieline/transports/io/thread.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline::io {

struct registration::entry : std::enable_shared_from_this<entry> {
  caf::actor_addr owner;
  // Called and cleared in the context of the owner only.
  std::function<void()> on_wake;
  // Set while a wake-up is on its way, so that there is at most one.
  std::atomic<bool> woken{false};
  int fd = -1;
  // Names one attachment, so that an event that was on its way when the
  // descriptor was closed does not count for the next one of that number.
  uint64_t token = 0;
  clock::time_point deadline = never;

  void wake() {
    if (woken.exchange(true))
      return;
    post(owner, [self = shared_from_this()] {
      self->woken = false;
      if (self->on_wake)
        self->on_wake();
    });
  }
};

/// What the thread shares with the registrations.
class poller::core {
public:
  core() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    epoll_event ev{};
    ev.events = EPOLLIN;
    ev.data.u64 = 0;
    if (epoll_ < 0 || event_ < 0
        || epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &ev) != 0) {
      auto code = errno;
      close_all();
      throw std::system_error(code, std::generic_category(), "epoll");
    }
  }

  core(const core&) = delete;

  core& operator=(const core&) = delete;

  ~core() {
    close_all();
  }

  bool attach(registration::entry& what, int fd, uint32_t events) {
    {
      std::lock_guard guard{mutex_};
      attached_.erase(what.token);
      what.token = ++last_token_;
      what.fd = fd;
      attached_.emplace(what.token, what.shared_from_this());
    }
    // The same socket may have been attached for its connect.
    return control(EPOLL_CTL_ADD, what, events)
           || (errno == EEXIST && control(EPOLL_CTL_MOD, what, events));
  }

  bool rearm(registration::entry& what, uint32_t events) {
    return what.fd >= 0 && control(EPOLL_CTL_MOD, what, events);
  }

  void forget(registration::entry& what) {
    std::lock_guard guard{mutex_};
    attached_.erase(what.token);
    what.fd = -1;
  }

  void set_deadline(registration::entry& what, clock::time_point when) {
    auto sooner = false;
    {
      std::lock_guard guard{mutex_};
      if (what.deadline == when)
        return;
      if (what.deadline != never)
        deadlines_.erase({what.deadline, &what});
      what.deadline = when;
      if (when != never)
        deadlines_.emplace(when, &what);
      sooner = when < sleeps_until_;
    }
    if (sooner)
      interrupt();
  }

  void stop() {
    stopped_ = true;
    interrupt();
  }

  void run() {
    std::array<epoll_event, 256> events{};
    std::vector<std::shared_ptr<registration::entry>> due;
    while (!stopped_) {
      auto n = epoll_wait(epoll_, events.data(),
                          static_cast<int>(events.size()), sleep_time());
      {
        std::lock_guard guard{mutex_};
        sleeps_until_ = clock::time_point::min();
        for (int i = 0; i < n; ++i) {
          auto token = events[static_cast<size_t>(i)].data.u64;
          if (auto pos = attached_.find(token); pos != attached_.end())
            due.push_back(pos->second);
          else if (token == 0)
            drain();
        }
        take_overdue(due);
      }
      // Not under the lock: the last reference to an actor may go here, and
      // its registration with it.
      for (auto& what : due)
        what->wake();
      due.clear();
    }
  }

private:
  bool control(int operation, const registration::entry& what,
               uint32_t events) const {
    epoll_event ev{};
    ev.events = events | EPOLLONESHOT;
    ev.data.u64 = what.token;
    return epoll_ctl(epoll_, operation, what.fd, &ev) == 0;
  }

  int sleep_time() {
    std::lock_guard guard{mutex_};
    if (deadlines_.empty()) {
      sleeps_until_ = never;
      return -1;
    }
    sleeps_until_ = deadlines_.begin()->first;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(sleeps_until_
                                                             - clock::now());
    if (left.count() <= 0)
      return 0;
    return static_cast<int>(std::min<int64_t>(left.count(), INT_MAX));
  }

  void take_overdue(std::vector<std::shared_ptr<registration::entry>>& due) {
    auto now = clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      auto* what = deadlines_.begin()->second;
      what->deadline = never;
      deadlines_.erase(deadlines_.begin());
      due.push_back(what->shared_from_this());
    }
  }

  void interrupt() const {
    uint64_t one = 1;
    [[maybe_unused]] auto n = write(event_, &one, sizeof(one));
  }

  void drain() const {
    uint64_t count = 0;
    [[maybe_unused]] auto n = read(event_, &count, sizeof(count));
  }

  void close_all() const {
    if (epoll_ >= 0)
      close(epoll_);
    if (event_ >= 0)
      close(event_);
  }

  int epoll_ = -1;
  int event_ = -1;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::shared_ptr<registration::entry>> attached_;
  std::set<std::pair<clock::time_point, registration::entry*>> deadlines_;
  // Nothing interrupts the thread while it is awake: it looks again anyway.
  clock::time_point sleeps_until_ = clock::time_point::min();
  uint64_t last_token_ = 0;

public:
  std::thread thread_;
};

std::shared_ptr<poller> poller::make() {
  std::shared_ptr<poller> result{new poller};
  result->core_ = std::make_shared<core>();
  result->core_->thread_
    = start_thread("tieline.io", [core = result->core_] { core->run(); });
  return result;
}

std::shared_ptr<poller> poller::shared() {
  static std::mutex mutex;
  static std::weak_ptr<poller> current;
  std::lock_guard guard{mutex};
  auto result = current.lock();
  if (!result)
    current = result = make();
  return result;
}

poller::~poller() {
  if (!core_ || !core_->thread_.joinable())
    return;
  core_->stop();
  // The last session may end on this very thread, when the poller's wake-up
  // holds the last reference to it.
  if (core_->thread_.get_id() == std::this_thread::get_id())
    core_->thread_.detach();
  else
    core_->thread_.join();
}

registration::registration(std::shared_ptr<poller> where, caf::actor_addr owner,
                           std::function<void()> on_wake)
  : poller_(std::move(where)),
    entry_(std::make_shared<entry>()) {
  entry_->owner = std::move(owner);
  entry_->on_wake = std::move(on_wake);
}

registration::~registration() {
  entry_->on_wake = nullptr;
  poller_->core_->set_deadline(*entry_, never);
  poller_->core_->forget(*entry_);
}

bool registration::attach(int fd, uint32_t events) {
  return poller_->core_->attach(*entry_, fd, events);
}

bool registration::rearm(uint32_t events) {
  return poller_->core_->rearm(*entry_, events);
}

void registration::forget() noexcept {
  poller_->core_->forget(*entry_);
}

void registration::set_deadline(clock::time_point when) {
  poller_->core_->set_deadline(*entry_, when);
}

} // namespace tieline::io
