#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/typed_response_promise.hpp>

#include <utility>

namespace tieline::io {

/// Tells the listener of an open of each step. Part of a session's actor.
/// @tparam Pointer to the session's actor
template <class Pointer>
class open_steps {
public:
  explicit open_steps(Pointer self) : self_(self) {
    // nop
  }

  void report_to(step_listener_actor listener) {
    listener_ = std::move(listener);
  }

  /// A step begins.
  void begin(step what) {
    if (listener_)
      compat::send(self_, listener_, what);
  }

  /// Asks whether a step may begin, and calls `then` with the answer: an error
  /// if it never may.
  template <class F>
  void ask(step what, F then) {
    if (!listener_) {
      then(caf::error{});
      return;
    }
    compat::request(self_, listener_, caf::infinite, what)
      .then([then]() mutable { then(caf::error{}); },
            [then](const caf::error& reason) mutable { then(reason); });
  }

  /// Answers a session below ours, which asks whether a step may begin, as our
  /// own listener does.
  caf::result<void> pass_on(step what) {
    auto promise
      = self_
          ->template make_response_promise<caf::typed_response_promise<void>>();
    ask(what, [promise](const caf::error& reason) mutable {
      if (reason.empty())
        promise.deliver();
      else
        promise.deliver(reason);
    });
    return promise;
  }

  /// The open is answered. The listener is not held beyond that: it holds us.
  void end() {
    listener_ = nullptr;
  }

private:
  Pointer self_;
  step_listener_actor listener_;
};

} // namespace tieline::io
