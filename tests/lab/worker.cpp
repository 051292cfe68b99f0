#include "worker.hpp"

#include "builtin.hpp"
#include "session.hpp"

#include "tieline/lab/io/mute.hpp"
#include "tieline/lab/netconf/management.hpp"
#include "tieline/lab/restconf/web_connection.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <system_error>

namespace tieline::lab {

namespace {

// What an epoll event is about: a task, a listener (flags and index) or a
// connection (its id, counted from 1). A timer: a device (as its listener) or a
// connection.
constexpr std::uint64_t task_tag = 0;
constexpr std::uint64_t listener_flag = std::uint64_t{1} << 63;
constexpr std::uint64_t web_flag = std::uint64_t{1} << 62;

thread_local bool on_a_worker = false;

void control(const unique_fd& epoll, int operation, int fd,
             std::uint32_t events, std::uint64_t tag) {
  epoll_event e{};
  e.events = events;
  e.data.u64 = tag;
  if (epoll_ctl(epoll.get(), operation, fd, &e) < 0)
    throw std::system_error(errno, std::generic_category(), "lab: epoll_ctl");
}

} // namespace

worker::worker(unsigned index)
  : epoll_(epoll_create1(EPOLL_CLOEXEC)),
    wake_up_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (epoll_.get() < 0 || wake_up_.get() < 0)
    throw std::system_error(errno, std::generic_category(), "lab: epoll");
  control(epoll_, EPOLL_CTL_ADD, wake_up_.get(), EPOLLIN, task_tag);
  add_builtin_commands(commands_);
  thread_ = std::thread{[this] { loop(); }};
  pthread_setname_np(thread_.native_handle(),
                     ("lab." + std::to_string(index)).c_str());
}

worker::~worker() {
  run([this] { running_ = false; });
  thread_.join();
  // While there is all that they use.
  connections_.clear();
}

void worker::run(std::function<void()> task) {
  std::packaged_task<void()> job{std::move(task)};
  auto done = job.get_future();
  auto shared = std::make_shared<std::packaged_task<void()>>(std::move(job));
  {
    std::lock_guard guard{mutex_};
    tasks_.emplace_back([shared] { (*shared)(); });
  }
  eventfd_write(wake_up_.get(), 1);
  if (!on_a_worker)
    done.get();
}

void worker::loop() {
  on_a_worker = true;
  std::array<epoll_event, 256> events;
  while (running_) {
    auto n = epoll_wait(epoll_.get(), events.data(),
                        static_cast<int>(events.size()), timeout());
    for (int i = 0; i < n; ++i) {
      auto tag = events[i].data.u64;
      if (tag == task_tag)
        run_tasks();
      else if (tag & listener_flag)
        accept_all(tag);
      else
        advance(tag, events[i].events);
    }
    run_timers();
  }
}

void worker::run_tasks() {
  eventfd_t count;
  eventfd_read(wake_up_.get(), &count);
  std::deque<std::function<void()>> todo;
  {
    std::lock_guard guard{mutex_};
    todo.swap(tasks_);
  }
  for (auto& task : todo)
    task();
}

void worker::run_timers() {
  auto now = clock::now();
  if (out_of_fds_ <= now)
    listen_again();
  // Those that set themselves again for now wait for the next turn.
  std::vector<std::uint64_t> due;
  for (; !timers_.empty() && timers_.top().first <= now; timers_.pop())
    due.push_back(timers_.top().second);
  for (auto id : due) {
    if (id & listener_flag)
      devices_[id & ~listener_flag]->managed().expire(now);
    else if (auto i = connections_.find(id); i != connections_.end()) {
      i->second.wake = clock::time_point::max();
      advance(id, 0);
    }
  }
}

int worker::timeout() const {
  auto next = out_of_fds_;
  if (!timers_.empty())
    next = std::min(next, timers_.top().first);
  if (next == clock::time_point::max())
    return -1;
  auto now = clock::now();
  if (next <= now) // perhaps by more than a duration can hold
    return 0;
  // Rounded up, lest the loop spins for the last millisecond.
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void worker::adopt(device_state& device) {
  devices_.push_back(&device);
  apply_faults(device);
}

void worker::apply_faults(device_state& device) {
  auto mode = listener::mode::open;
  if (device.faults.has(fault::refuse))
    mode = listener::mode::refused;
  else if (device.faults.has(fault::black_hole))
    mode = listener::mode::black_hole;
  auto frozen = device.faults.has(fault::freeze);
  open_or_shut(device, device.ssh, mode);
  if (device.web)
    open_or_shut(device, device.web->entry, mode);
  auto ids = device.connections; // advancing may end some
  for (auto id : ids) {
    auto& e = connections_.at(id);
    if (frozen && e.watched) {
      control(epoll_, EPOLL_CTL_DEL, e.what->fd(), 0, 0);
      e.watched = false;
    } else if (!frozen && !e.watched) {
      advance(id, 0);
    }
  }
}

void worker::open_or_shut(device_state& device, endpoint& where,
                          listener::mode mode) {
  auto listening = mode == listener::mode::open
                   && !device.faults.has(fault::freeze);
  // Before it stops listening: epoll reports that as an error.
  if (where.listening && !listening)
    control(epoll_, EPOLL_CTL_DEL, where.socket.fd(), 0, 0);
  where.socket.become(mode);
  if (!where.listening && listening)
    control(epoll_, EPOLL_CTL_ADD, where.socket.fd(), EPOLLIN,
            tag_of(device, where));
  where.listening = listening;
}

std::uint64_t worker::tag_of(const device_state& device,
                             const endpoint& where) const {
  auto i = std::find(devices_.begin(), devices_.end(), &device);
  return listener_flag | (&where == &device.ssh ? 0 : web_flag)
         | static_cast<std::uint64_t>(i - devices_.begin());
}

void worker::end_sessions(device_state& device, hang_up how) {
  auto ids = device.connections;
  for (auto id : ids) {
    connections_.at(id).what->prepare(how);
    forget(id);
  }
}

void worker::stir(device_state& device) {
  if (!running_)
    return;
  for (auto id : device.connections) {
    auto& e = connections_.at(id);
    if (e.wake != clock::time_point::min()) {
      e.wake = clock::time_point::min();
      timers_.emplace(e.wake, id);
    }
  }
  auto deadline = device.managed().deadline();
  if (deadline == clock::time_point::max() || deadline == device.armed)
    return;
  device.armed = deadline;
  timers_.emplace(deadline, tag_of(device, device.ssh));
}

void worker::accept_all(std::uint64_t tag) {
  auto is_web = (tag & web_flag) != 0;
  auto& device = *devices_[tag & ~(listener_flag | web_flag)];
  auto& where = is_web ? device.web->entry : device.ssh;
  // As many as came; a flood waits for its turn like everything else.
  for (int i = 0; i < 64 && where.listening; ++i) {
    unique_fd socket{where.socket.accept()};
    if (socket.get() < 0) {
      if (errno == EMFILE || errno == ENFILE) {
        // epoll would report the listener for ever: look again in a while.
        control(epoll_, EPOLL_CTL_MOD, where.socket.fd(), 0, task_tag);
        out_of_fds_ = clock::now() + std::chrono::milliseconds{100};
      }
      return;
    }
    device.count.accept();
    device.shared.totals.accept();
    auto id = ++next_id_;
    device.connections.insert(id);
    auto fd = socket.get();
    auto& e = connections_[id];
    e = {admit(device, is_web, std::move(socket)), &device, 0, false,
         clock::time_point::max()};
    if (e.what && e.what->fd() == fd)
      advance(id, 0);
    else
      forget(id);
  }
}

std::unique_ptr<connection> worker::admit(device_state& device, bool is_web,
                                          unique_fd socket) {
  auto& faults = device.faults;
  if (faults.has(fault::close_at_once))
    return nullptr;
  if (faults.has(fault::reset_at_once)) {
    reset_on_close(socket.get());
    return nullptr;
  }
  if (faults.has(fault::hang_before_banner))
    return std::make_unique<mute>(std::move(socket), "");
  if (faults.has(fault::garbage_banner))
    return std::make_unique<mute>(std::move(socket), std::string(10'000, '#'));
  if (is_web)
    return std::make_unique<restconf::web_connection>(
      restconf::web_context{
        device.web->api, device.managed(), faults,
        device.address + ':' + std::to_string(device.web->entry.socket.port())},
      std::move(socket));
  return std::make_unique<session>(device, commands_, std::move(socket));
}

void worker::advance(std::uint64_t id, std::uint32_t events) {
  auto i = connections_.find(id);
  if (i == connections_.end() || i->second.where->faults.has(fault::freeze))
    return;
  auto& e = i->second;
  if (e.what->advance(events))
    watch(id, e);
  else
    forget(id);
}

void worker::watch(std::uint64_t id, entry& e) {
  auto wanted = e.what->interest();
  if (!e.watched)
    control(epoll_, EPOLL_CTL_ADD, e.what->fd(), wanted, id);
  else if (wanted != e.interest)
    control(epoll_, EPOLL_CTL_MOD, e.what->fd(), wanted, id);
  e.watched = true;
  e.interest = wanted;
  if (auto wake = e.what->wake_at(); wake < e.wake) {
    e.wake = wake;
    timers_.emplace(wake, id);
  }
}

void worker::forget(std::uint64_t id) {
  auto i = connections_.find(id);
  auto& device = *i->second.where;
  device.connections.erase(id);
  auto what = std::move(i->second.what);
  connections_.erase(i);
  // Closes the socket, which also leaves epoll, before it counts as closed.
  what.reset();
  device.count.leave();
  device.shared.totals.leave();
}

void worker::listen_again() {
  out_of_fds_ = clock::time_point::max();
  auto listen = [this](const device_state& device, const endpoint& where) {
    if (where.listening)
      control(epoll_, EPOLL_CTL_MOD, where.socket.fd(), EPOLLIN,
              tag_of(device, where));
  };
  for (auto device : devices_) {
    listen(*device, device->ssh);
    if (device->web)
      listen(*device, device->web->entry);
  }
}

} // namespace tieline::lab
