#pragma once

#include "tieline/actors/runtime/timers.hpp"
#include "tieline/messages/internal/coordinator.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/key_value_store.hpp"

#include <caf/expected.hpp>
#include <caf/timestamp.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace tieline {

/// How long what is asked for is tried.
constexpr caf::timespan store_patience = std::chrono::seconds{5};

/// Asks the store for the parts of a coordinator, and knows whether it answers.
/// All live in the coordinator's actor.
class store_client {
public:
  using time_point = timers::time_point;

  /// @param when of the same actor; is to live as long
  /// @param retry_pause how long to wait before what has failed is asked again
  /// @param on_wake called before anything is done with an answer, or at a time
  /// @param on_trouble called when the store begins or ceases to answer
  store_client(coordinator_actor::pointer self, std::string node_name,
               timers& when, key_value_store_actor store,
               caf::timespan retry_pause, std::function<void()> on_wake,
               std::function<void()> on_trouble);

  store_client(const store_client&) = delete;

  store_client& operator=(const store_client&) = delete;

  /// Asks, and calls `done` with a `caf::expected<Result>`.
  template <class Result, class Done, class... Args>
  void ask(Done done, Args... args) {
    compat::request(self_, store_, caf::infinite, std::move(args)...)
      .then(
        [this, done](Result& got) mutable {
          note({});
          on_wake_();
          done(caf::expected<Result>{std::move(got)});
        },
        [this, done](const caf::error& reason) mutable {
          auto why = in_context({}, reason, step::none);
          note(why);
          on_wake_();
          done(caf::expected<Result>{std::move(why)});
        });
  }

  /// Ends a lease; calls `done` with an empty error if that was done.
  void revoke(int64_t lease, std::function<void(const caf::error&)> done);

  /// Calls `f` at a time, see @ref timers::at.
  timers::id at(time_point when, std::function<void()> f);

  void cancel(timers::id id) {
    timers_.cancel(id);
  }

  time_point now() const {
    return timers_.now();
  }

  /// Calls `f` after a pause.
  void later(caf::timespan pause, std::function<void()> f) {
    at(now() + pause, std::move(f));
  }

  void retry(std::function<void()> f) {
    later(retry_pause_, std::move(f));
  }

  caf::timespan retry_pause() const noexcept {
    return retry_pause_;
  }

  /// Returns why the store did not do what it was asked last, and since when;
  /// empty if it did.
  caf::error trouble() const;

  void warn(const std::string& what) const;

private:
  void note(const caf::error& reason);

  coordinator_actor::pointer self_;
  std::string name_;
  timers& timers_;
  key_value_store_actor store_;
  caf::timespan retry_pause_;
  std::function<void()> on_wake_;
  std::function<void()> on_trouble_;
  caf::error trouble_;
  caf::timestamp since_;
};

} // namespace tieline
