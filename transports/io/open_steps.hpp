#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/tenant.hpp"

#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>
#include <caf/sec.hpp>
#include <caf/typed_response_promise.hpp>

#include <utility>
#include <vector>

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

  /// Asks for what forwards streams to where the hops lead, and calls `then`
  /// with it, or with an error of the step `jump`.
  template <class F>
  void jump(const connection_key& key, std::vector<hop> via, F then) {
    using result = caf::expected<forwarder_actor>;
    if (!listener_) {
      then(result{no_way(key)});
      return;
    }
    begin(step::jump);
    compat::request(self_, caf::actor_cast<jump_actor>(listener_),
                    caf::infinite, jump_atom_v, std::move(via))
      .then(
        [then](forwarder_actor& found) mutable {
          then(result{std::move(found)});
        },
        [key, then](const caf::error& reason) mutable {
          then(result{reason == caf::sec::unexpected_message
                        ? no_way(key)
                        : in_context(key, reason, step::jump)});
        });
  }

  /// Answers a session below ours, which asks for its way.
  caf::result<forwarder_actor> pass_on_jump(const connection_key& key,
                                            std::vector<hop> via) {
    auto promise = self_->template make_response_promise<
      caf::typed_response_promise<forwarder_actor>>();
    jump(key, std::move(via),
         [promise](caf::expected<forwarder_actor> found) mutable {
           promise.deliver(std::move(found));
         });
    return promise;
  }

  /// The open is answered. The listener is not held beyond that: it holds us.
  void end() {
    listener_ = nullptr;
  }

private:
  static caf::error no_way(const connection_key& key) {
    return make_error(errc::invalid_params,
                      {key, step::jump,
                       "via: only a manager's connection goes through jump "
                       "hosts"});
  }

  Pointer self_;
  step_listener_actor listener_;
};

} // namespace tieline::io
