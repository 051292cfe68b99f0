#include "tieline/actors/node/remote_connection.hpp"

#include "tieline/actors/node/remote_end.hpp"
#include "tieline/messages/internal/timer.hpp"

#include <type_traits>
#include <utility>

namespace tieline {

namespace {

class remote_connection_state {
public:
  static inline const char* name = "tieline.remote_connection";

  remote_connection_state(connection_actor::pointer self, timer_actor timer,
                          caller_monitor_actor callers, connection_actor remote,
                          connection_key key, std::string where)
    : self_(self),
      key_(std::move(key)),
      timers_(self->system(), self->ctrl(), std::move(timer)),
      requests_(self, true),
      remote_(self, {timers_, requests_, std::move(callers)}, std::move(remote),
              std::move(where), [] {}) {
    // nop
  }

  connection_actor::behavior_type make_behavior() {
    return forwarding_behavior<connection_actor>::to(this);
  }

  template <class Result, class... Args>
  caf::result<Result> forward(Args&... args) {
    // Making a promise takes the message's sender away.
    auto caller = self_->current_sender();
    auto promise
      = self_->make_response_promise<caf::typed_response_promise<Result>>();
    auto deliver = [promise](auto&... outcome) mutable {
      promise.deliver(std::move(outcome)...);
    };
    remote_.ask<Result>(caller, key_, deliver, deliver, std::move(args)...);
    return promise;
  }

private:
  connection_actor::pointer self_;
  connection_key key_;
  timers timers_;
  request_table requests_;
  remote_end<connection_actor> remote_;
};

} // namespace

connection_actor
spawn_remote_connection(caf::actor_system& sys, timer_actor timer,
                        caller_monitor_actor callers, connection_actor remote,
                        connection_key key, std::string where) {
  using impl = connection_actor::stateful_impl<remote_connection_state>;
  return sys.spawn<impl>(std::move(timer), std::move(callers),
                         std::move(remote), std::move(key), std::move(where));
}

} // namespace tieline
