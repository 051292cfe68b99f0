#pragma once

#include <atomic>
#include <cstdint>

namespace tieline::lab {

/// What happened so far, on one device or on all.
struct counters {
  std::uint64_t accepted = 0;        ///< connections
  std::uint64_t logins_ok = 0;       ///< successful logins
  std::uint64_t logins_rejected = 0; ///< denied passwords, answers and keys
  std::uint64_t execs = 0;           ///< exec requests
  std::uint64_t live = 0;            ///< connections open now
  std::uint64_t peak = 0;            ///< most connections open at once
};

/// Counts; any thread may read it at any time.
class tally {
public:
  void accept() noexcept {
    ++accepted_;
    auto live = ++live_;
    auto peak = peak_.load();
    while (peak < live && !peak_.compare_exchange_weak(peak, live))
      ;
  }
  void leave() noexcept {
    --live_;
  }
  void login(bool ok) noexcept {
    ++(ok ? logins_ok_ : logins_rejected_);
  }
  void exec() noexcept {
    ++execs_;
  }

  counters read() const noexcept {
    return {accepted_, logins_ok_, logins_rejected_, execs_, live_, peak_};
  }

private:
  std::atomic<std::uint64_t> accepted_{0}, logins_ok_{0}, logins_rejected_{0},
    execs_{0}, live_{0}, peak_{0};
};

} // namespace tieline::lab
