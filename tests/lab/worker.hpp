#pragma once

#include "command_table.hpp"
#include "device_state.hpp"

#include "tieline/lab/io/connection.hpp"

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
class worker final : public device_owner {
public:
  /// Starts the thread.
  explicit worker(unsigned index);
  /// Joins the thread, then closes all connections.
  ~worker();

  void run(std::function<void()> task) override;

  // The rest is for tasks.

  /// Adds a device and applies its faults.
  void adopt(device_state& device);

  void apply_faults(device_state& device) override;
  void end_sessions(device_state& device, hang_up how) override;
  void stir(device_state& device) override;

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
  /// What epoll tells of an endpoint.
  std::uint64_t tag_of(const device_state& device, const endpoint& where) const;
  void open_or_shut(device_state& device, endpoint& where, listener::mode mode);
  void accept_all(std::uint64_t tag);
  std::unique_ptr<connection> admit(device_state& device, bool is_web,
                                    unique_fd socket);
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
