#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <utility>

namespace tieline {

// CAF builds a behavior from the types of its handlers, and the name of a
// lambda has those of all templates around it: with lambdas, the names alone of
// one interface with 25 messages are hundreds of megabytes. A std::function
// ends that, and serves all who handle the same.

/// Handles the answer to a request.
template <class Result>
struct answer_handler {
  using type = std::function<void(Result&)>;
};

template <>
struct answer_handler<void> {
  using type = std::function<void()>;
};

template <class Result>
using on_answer = typename answer_handler<Result>::type;

/// Makes the handler of one message that hands it to
/// `state->template forward<Result>(args...)`, and takes the result from there.
template <class Signature>
struct forwarding;

template <class Result, class... Args>
struct forwarding<caf::result<Result>(Args...)> {
  using handler = std::function<caf::result<Result>(Args...)>;

  template <class State>
  static handler to(State* state) {
    return [state](Args... args) -> caf::result<Result> {
      return state->template forward<Result>(args...);
    };
  }
};

/// Makes the behavior of an actor that handles all messages of an interface in
/// one and the same way.
template <class Handle>
struct forwarding_behavior;

template <class... Signatures>
struct forwarding_behavior<caf::typed_actor<Signatures...>> {
  using type = typename caf::typed_actor<Signatures...>::behavior_type;

  template <class State>
  static type to(State* state) {
    return type{forwarding<Signatures>::to(state)...};
  }

  /// The same for an actor that calls `on_exit(reason)` instead of ending.
  template <class Self, class OnExit, class State>
  static type trap_exit(Self* self, OnExit on_exit, State* state) {
    return compat::trap_exit<type>(self, std::move(on_exit),
                                   forwarding<Signatures>::to(state)...);
  }
};

} // namespace tieline
