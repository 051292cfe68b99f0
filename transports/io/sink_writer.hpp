#pragma once

#include "tieline/messages/caf_compat.hpp"
#include "tieline/messages/sink.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace tieline::io {

/// The way from a session to a request's sink: tells when to hold back since
/// too much is unanswered, and when the sink is gone. Lives in the session's
/// actor.
class sink_writer : public std::enable_shared_from_this<sink_writer> {
public:
  /// @param to without an actor (as another node may send it) it is lost
  /// @param on_change called when the sink has answered or has ended
  template <class Self>
  static std::shared_ptr<sink_writer>
  make(Self* self, sink_actor to, std::function<void()> on_change) {
    std::shared_ptr<sink_writer> result{new sink_writer{std::move(on_change)}};
    std::weak_ptr<sink_writer> weak = result;
    if (!to) {
      result->lost_ = true;
      // Not at once: who makes it is not ready for that.
      compat::post(caf::strong_actor_ptr{self->ctrl()},
                   caf::make_action([weak] {
                     if (auto here = weak.lock())
                       here->on_change_();
                   }));
      return result;
    }
    result->end_ = compat::watch{self, caf::actor_cast<caf::actor>(to),
                                 [weak](const caf::error&) {
                                   if (auto here = weak.lock())
                                     here->lose();
                                 }};
    result->send_ = [self, to, weak](chunk what, size_t size) {
      compat::request(self, to, caf::infinite, std::move(what))
        .then(
          [weak, size] {
            if (auto here = weak.lock())
              here->taken(size);
          },
          [weak](const caf::error&) {
            if (auto here = weak.lock())
              here->lose();
          });
    };
    return result;
  }

  sink_writer(const sink_writer&) = delete;

  sink_writer& operator=(const sink_writer&) = delete;

  ~sink_writer() {
    end_.give_up();
  }

  /// Sends a chunk. Nothing becomes of it if the sink is lost.
  void put(chunk what);

  /// Returns whether to put no more for now.
  bool full() const noexcept {
    return unanswered_ >= window;
  }

  /// Returns whether the sink has answered all, or is lost.
  bool flushed() const noexcept {
    return unanswered_ == 0;
  }

  /// Returns whether the sink has ended or answered with an error.
  bool lost() const noexcept {
    return lost_;
  }

private:
  /// Bytes that may be unanswered.
  static constexpr size_t window = size_t{256} * 1024;

  explicit sink_writer(std::function<void()> on_change)
    : on_change_(std::move(on_change)) {
    // nop
  }

  void taken(size_t size);

  void lose();

  std::function<void()> on_change_;
  std::function<void(chunk, size_t)> send_;
  compat::watch end_;
  size_t unanswered_ = 0;
  bool lost_ = false;
};

} // namespace tieline::io
