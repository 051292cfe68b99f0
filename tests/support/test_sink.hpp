#pragma once

#include <tieline/messages/interfaces.hpp>

#include <caf/action.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tieline::test {

/// An actor that keeps what it gets. It ends with this object.
template <class Handle, class Message>
class recording_sink {
public:
  /// @param eager answers at once; else not before `release`
  explicit recording_sink(caf::actor_system& sys, bool eager = true) {
    record_->eager = eager;
    handle_ = sys.spawn([kept = record_](typename Handle::pointer self) {
      return typename Handle::behavior_type{
        [self, kept](const Message& what) -> caf::result<void> {
          std::lock_guard guard{kept->mutex};
          kept->told.push_back(what);
          auto promise = self->template make_response_promise<
            caf::typed_response_promise<void>>();
          if (kept->eager)
            promise.deliver();
          else
            kept->unanswered.push_back(promise);
          return promise;
        },
      };
    });
  }

  recording_sink(const recording_sink&) = delete;

  recording_sink& operator=(const recording_sink&) = delete;

  ~recording_sink() {
    end();
  }

  const Handle& handle() const noexcept {
    return handle_;
  }

  /// Answers what it has not answered yet, and all that follows at once.
  void release() {
    act([](record& kept) {
      kept.eager = true;
      for (auto& x : std::exchange(kept.unanswered, {}))
        x.deliver();
    });
  }

  /// Answers the first of those that it has not answered.
  void release_one() {
    act([](record& kept) {
      kept.unanswered.front().deliver();
      kept.unanswered.erase(kept.unanswered.begin());
    });
  }

  /// Ends.
  void end() {
    caf::anon_send_exit(handle_, caf::exit_reason::user_shutdown);
  }

  /// Returns what has come so far.
  std::vector<Message> told() const {
    std::lock_guard guard{record_->mutex};
    return record_->told;
  }

  size_t count() const {
    std::lock_guard guard{record_->mutex};
    return record_->told.size();
  }

private:
  struct record {
    std::mutex mutex;
    std::vector<Message> told;
    bool eager = true;
    std::vector<caf::typed_response_promise<void>> unanswered;
  };

  template <class F>
  void act(F f) {
    compat::post(caf::actor_cast<caf::strong_actor_ptr>(handle_),
                 caf::make_action([f, kept = record_] {
                   std::lock_guard guard{kept->mutex};
                   f(*kept);
                 }));
  }

  std::shared_ptr<record> record_ = std::make_shared<record>();
  Handle handle_;
};

/// Keeps what a listener is told.
using event_recorder = recording_sink<listener_actor, lifecycle_event>;

/// Keeps the output of a request.
class test_sink : public recording_sink<sink_actor, chunk> {
public:
  using recording_sink::recording_sink;

  /// Returns what has come so far.
  std::string output() const {
    return joined(&chunk::output);
  }

  std::string error_output() const {
    return joined(&chunk::error_output);
  }

private:
  std::string joined(std::string chunk::*part) const {
    std::string result;
    for (const auto& x : told())
      result += x.*part;
    return result;
  }
};

} // namespace tieline::test
