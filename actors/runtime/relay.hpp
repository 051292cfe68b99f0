#pragma once

#include "tieline/actors/runtime/forwarding.hpp"
#include "tieline/actors/runtime/owned.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/error_context.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <type_traits>
#include <utility>

// CAF's traffic with other nodes has three traps, and all that talks to one
// passes through here for their sake:
// - who sends a message to another node, or is named in one, is held by the
//   node's registry until it ends, so only actors that surely are ended may;
// - what a lost node, or an actor that ended there, was asked is never
//   answered, not even with an error;
// - a message that cannot be serialized takes the whole link down.

namespace tieline {

/// Asks another actor in the place of those who ask it, in its own name.
/// @tparam Ref how it holds the other: a handle, `owned`, or `caf::actor_addr`
template <class Handle, class Ref = Handle>
class proxy_state {
public:
  static inline const char* name = "tieline.proxy";

  proxy_state(typename Handle::pointer self, Ref to)
    : self_(self),
      requests_(self),
      to_(std::move(to)) {
    // nop
  }

  typename Handle::behavior_type make_behavior() {
    return forwarding_behavior<Handle>::to(this);
  }

  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    using promise_type = caf::typed_response_promise<Result>;
    auto to = target();
    if (!to)
      return caf::make_error(caf::sec::request_receiver_down);
    auto promise = self_->template make_response_promise<promise_type>();
    auto deliver = [promise, keep = adapt(args...)](auto&... outcome) mutable {
      promise.deliver(std::move(outcome)...);
    };
    requests_.ask(to, std::move(args)...)
      .then(on_answer<Result>{deliver}, on_answer<caf::error>{deliver});
    return promise;
  }

protected:
  Handle target() const {
    if constexpr (std::is_same_v<Ref, owned<Handle>>)
      return to_.get();
    else if constexpr (std::is_same_v<Ref, Handle>)
      return to_;
    else
      return caf::actor_cast<Handle>(to_);
  }

  typename Handle::pointer self_;
  request_table requests_;

private:
  /// What has to stay until the answer.
  using keepsake = std::shared_ptr<owned<sink_actor>>;

  template <class... Args>
  keepsake adapt(Args&...) {
    return nullptr;
  }

  /// A sink is not to be held by the registry: it may end with its last handle.
  keepsake adapt(execute_atom&, request& what);

  keepsake adapt(execute_atom& execute, connection_key&, connection_params&,
                 request& what) {
    return adapt(execute, what);
  }

  Ref to_;
};

/// The same, for one actor only: ends when that one ends, and answers what is
/// pending. So those who ask it need not know that the other may be on another
/// node.
template <class Handle, class Ref = Handle>
class relay_state : public proxy_state<Handle, Ref> {
public:
  using super = proxy_state<Handle, Ref>;

  static inline const char* name = "tieline.relay";

  relay_state(typename Handle::pointer self, Ref to)
    : super(self, std::move(to)) {
    auto other = caf::actor_cast<caf::actor>(this->target());
    if (other)
      watch_ = {self, other, [this](const caf::error& reason) {
                  // An end in good order is to be seen as one.
                  auto why = is_loss_of_node(reason) ? end_of_remote(reason)
                                                     : reason;
                  this->requests_.fail_all(end_of_remote(reason));
                  this->self_->quit(why);
                }};
  }

  ~relay_state() {
    watch_.give_up();
  }

private:
  compat::watch watch_;
};

/// Spawns a relay to `to`. To be ended by who spawned it, or by the other's
/// end.
template <class Handle, class Ref = Handle>
Handle spawn_relay(caf::actor_system& sys, Ref to) {
  using impl =
    typename Handle::template stateful_impl<relay_state<Handle, Ref>>;
  return sys.spawn<impl>(std::move(to));
}

template <class Handle, class Ref>
typename proxy_state<Handle, Ref>::keepsake
proxy_state<Handle, Ref>::adapt(execute_atom&, request& what) {
  if (!what.sink || !*what.sink)
    return nullptr;
  auto relay = spawn_relay<sink_actor>(self_->system(), *what.sink);
  what.sink = relay;
  return std::make_shared<owned<sink_actor>>(std::move(relay));
}

} // namespace tieline
