#pragma once

#include "command_table.hpp"
#include "connection.hpp"
#include "device_state.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tieline::lab {

/// One thread that serves its share of the devices. Devices and connections
/// are touched by this thread only; others hand it tasks.
class worker {
public:
  /// Starts the thread.
  explicit worker(unsigned index);
  /// Joins the thread, then closes all connections.
  ~worker();

  /// Runs a task on the thread and waits for it; an exception of the task
  /// comes back. Called by a worker's own thread it does not wait, for two
  /// workers must not wait for one another: errors are lost then.
  void run(std::function<void()> task);

  // The rest is for tasks.

  /// Adds a device and applies its faults.
  void adopt(device_state& device);

  /// Makes the device's listener and connections what its faults say.
  void apply_faults(device_state& device);

  void end_sessions(device_state& device, hang_up how);

  /// Has the device's connections look soon whether there is something to do,
  /// and the device itself when its deadline comes.
  void stir(device_state& device);

  command_table& commands() {
    return commands_;
  }

private:
  struct entry {
    std::unique_ptr<connection> what;
    device_state* where;
    std::uint32_t interest; // as epoll knows it
    bool watched;           // by epoll
    clock::time_point wake; // earliest timer set
  };
  using timer = std::pair<clock::time_point, std::uint64_t>;

  void loop();
  void run_tasks();
  void run_timers();
  int timeout() const;
  void accept_all(device_state& device);
  std::unique_ptr<connection> admit(device_state& device, unique_fd socket);
  void advance(std::uint64_t id, std::uint32_t events);
  void watch(std::uint64_t id, entry& e);
  void forget(std::uint64_t id);
  void listen_again();

  unique_fd epoll_;
  unique_fd wake_up_; // eventfd: tasks are waiting
  std::mutex mutex_;  // guards tasks_
  std::deque<std::function<void()>> tasks_;
  bool running_ = true;
  command_table commands_;
  std::vector<device_state*> devices_;
  std::uint64_t next_id_ = 0;
  std::unordered_map<std::uint64_t, entry> connections_;
  std::priority_queue<timer, std::vector<timer>, std::greater<>> timers_;
  clock::time_point out_of_fds_ = clock::time_point::max(); // listen again then
  std::thread thread_;
};

} // namespace tieline::lab
