#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace fleet {

/// Blocks SIGINT, SIGTERM and SIGUSR1 in this thread and in those that it
/// starts, so that only @ref interrupt receives them. Ignores SIGPIPE, since a
/// failed write is told by its error.
void block_signals();

/// Waits for signals on a thread of its own, as long as it lives.
class interrupt {
public:
  /// Functions that are called on that thread.
  struct handlers {
    /// Upon the first SIGINT or SIGTERM.
    std::function<void()> stop;
    /// Upon the second, before the process ends with status 130.
    std::function<void()> exit;
    /// Upon each SIGUSR1.
    std::function<void()> tell;
  };

  explicit interrupt(handlers what);

  ~interrupt();

  interrupt(const interrupt&) = delete;

  interrupt& operator=(const interrupt&) = delete;

  /// Returns whether there was a signal to stop.
  bool happened() const noexcept {
    return happened_;
  }

private:
  void wait(const handlers& what);

  std::atomic<bool> happened_ = false;
  int end_;
  std::thread thread_;
};

} // namespace fleet
