#pragma once

#include "support/actors/virtual_system.hpp"

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

namespace tieline::test {

/// What came back from a request; `T` is `caf::unit_t` for an empty answer.
template <class T>
class answer {
public:
  bool arrived() const {
    return state_->outcome.has_value();
  }

  /// Returns how many answers came; more than one is a bug of whoever answers.
  size_t count() const {
    return state_->count;
  }

  const T& value() const {
    if (!arrived())
      throw std::logic_error("no answer yet");
    if (!*state_->outcome)
      throw std::logic_error("error: " + describe(state_->outcome->error()));
    return **state_->outcome;
  }

  /// Returns the errc of the answer, `errc::none` if it was a value.
  errc code() const {
    if (!arrived())
      throw std::logic_error("no answer yet");
    return *state_->outcome ? errc::none : code_of(state_->outcome->error());
  }

  caf::error error() const {
    value_or_throw_if_missing();
    return *state_->outcome ? caf::error{} : state_->outcome->error();
  }

  bool ok() const {
    return arrived() && static_cast<bool>(*state_->outcome);
  }

  /// Ends the actor that asked, like a crash would.
  void kill_caller() const {
    if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(state_->caller)) {
      state_->orphaned = !state_->outcome;
      caf::anon_send_exit(ptr, caf::exit_reason::kill);
    }
  }

  /// Returns whether the actor that asked was ended before it had its answer.
  bool orphaned() const {
    return state_->orphaned;
  }

  void asked_by(caf::actor_addr caller) {
    state_->caller = std::move(caller);
  }

  void set(caf::expected<T> outcome) {
    ++state_->count;
    state_->outcome = std::move(outcome);
  }

private:
  void value_or_throw_if_missing() const {
    if (!arrived())
      throw std::logic_error("no answer yet");
  }

  struct shared {
    std::optional<caf::expected<T>> outcome;
    size_t count = 0;
    caf::actor_addr caller;
    bool orphaned = false;
  };

  std::shared_ptr<shared> state_ = std::make_shared<shared>();
};

/// An actor system without threads, with virtual time.
class deterministic {
public:
  deterministic() {
    init();
    system_ = std::make_unique<virtual_system>();
  }

  ~deterministic() {
    settle();
    // A pending timeout would hold its actor beyond the system's end.
    system_->drop_timeouts();
    settle();
  }

  caf::actor_system& sys() {
    return system_->sys();
  }

  /// Returns the scheduler and the clock, for steps smaller than `settle` and
  /// `advance`.
  virtual_system& driver() {
    return *system_;
  }

  /// Lets all actors run until no message is left.
  void settle() {
    while (system_->run_once())
      ; // one message
  }

  /// Lets virtual time pass, in order of the timeouts on the way.
  void advance(caf::timespan by) {
    settle();
    auto end = system_->now() + by;
    for (;;) {
      auto next = system_->next_timeout();
      if (!next || *next > end)
        break;
      system_->tick(std::max(*next - system_->now(), caf::timespan{0}));
      settle();
    }
    system_->tick(end - system_->now());
    settle();
  }

  /// Returns the number of actors that run.
  size_t running() {
    return sys().registry().running();
  }

  /// Sends a request from an actor of its own, without letting anything run.
  template <class T, class Handle, class... Ts>
  answer<T> ask(const Handle& whom, Ts... xs) {
    answer<T> result;
    auto caller = sys().spawn([=](caf::event_based_actor* self) mutable {
      auto keep_error = [result](caf::error& reason) mutable {
        result.set(std::move(reason));
      };
      auto pending = compat::request(self, whom, caf::infinite,
                                     std::move(xs)...);
      if constexpr (std::is_same_v<T, caf::unit_t>)
        std::move(pending).then([result]() mutable { result.set(caf::unit); },
                                keep_error);
      else
        std::move(pending).then(
          [result](T& got) mutable { result.set(std::move(got)); }, keep_error);
    });
    result.asked_by(caller.address());
    return result;
  }

  /// The same, but lets all run until nothing happens any more.
  template <class T, class Handle, class... Ts>
  answer<T> ask_now(const Handle& whom, Ts... xs) {
    auto result = ask<T>(whom, std::move(xs)...);
    settle();
    return result;
  }

private:
  std::unique_ptr<virtual_system> system_;
};

} // namespace tieline::test
