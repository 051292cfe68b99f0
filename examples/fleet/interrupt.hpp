#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace fleet {

/// Keeps SIGINT and SIGTERM from this thread and those that it starts, so that
/// only @ref interrupt hears of them. SIGPIPE is ignored: writing tells.
void block_signals();

/// Waits for SIGINT and SIGTERM on a thread of its own, as long as it lives.
class interrupt {
public:
  /// Calls `first` upon the first signal; upon the second `second`, then ends
  /// the process with status 130.
  interrupt(std::function<void()> first, std::function<void()> second);

  ~interrupt();

  interrupt(const interrupt&) = delete;

  interrupt& operator=(const interrupt&) = delete;

  /// Returns whether there was a signal.
  bool happened() const noexcept {
    return happened_;
  }

private:
  void wait(const std::function<void()>& first,
            const std::function<void()>& second);

  std::atomic<bool> happened_ = false;
  int end_;
  std::thread thread_;
};

} // namespace fleet
