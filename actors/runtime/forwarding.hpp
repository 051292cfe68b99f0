#pragma once

#include "tieline/messages/caf_compat.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <utility>

namespace tieline {

/// Makes the handler of one message that hands it to
/// `state->template forward<Result>(args...)`, and takes the result from there.
template <class Signature>
struct forwarding;

template <class Result, class... Args>
struct forwarding<caf::result<Result>(Args...)> {
  template <class State>
  static auto to(State* state) {
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
