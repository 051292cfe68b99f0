#pragma once

#include <caf/actor_addr.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace tieline::io {

using clock = std::chrono::steady_clock;

/// No deadline.
inline constexpr clock::time_point never = clock::time_point::max();

/// One thread that waits for the file descriptors and deadlines of many
/// actors and tells them. It does no I/O. The thread ends with the last
/// @ref registration and holder of the poller.
class poller {
public:
  /// Starts the thread.
  /// @throws std::system_error the system has no descriptor or thread left
  static std::shared_ptr<poller> make();

  /// Returns the one that all transports of the process share. The last holder
  /// ends it; who asks after that gets another.
  /// @throws std::system_error as `make` does
  static std::shared_ptr<poller> shared();

  poller(const poller&) = delete;

  poller& operator=(const poller&) = delete;

  ~poller();

private:
  friend class registration;

  class core;

  poller() = default;

  std::shared_ptr<core> core_;
};

/// An actor's place in a poller: at most one descriptor and one deadline. It
/// is to be used in the context of that actor only, and holds it weakly.
class registration {
public:
  /// Calls `on_wake` in the context of `owner` when the descriptor is ready or
  /// the deadline has passed. May also call it for nothing.
  registration(std::shared_ptr<poller> where, caf::actor_addr owner,
               std::function<void()> on_wake);

  registration(const registration&) = delete;

  registration& operator=(const registration&) = delete;

  ~registration();

  /// Waits, once, for `events` of epoll(7) on another descriptor than before.
  /// Returns false if the system refuses.
  bool attach(int fd, uint32_t events);

  /// Waits, once more, for `events` on the attached descriptor.
  bool rearm(uint32_t events);

  /// Knows the descriptor no more. There is no need to tell epoll: whoever
  /// closes it takes it out of there.
  void forget() noexcept;

  /// Wakes the actor at that time unless another is set before.
  void set_deadline(clock::time_point when);

private:
  friend class poller;

  struct entry;

  std::shared_ptr<poller> poller_;
  std::shared_ptr<entry> entry_;
};

} // namespace tieline::io
