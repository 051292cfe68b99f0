#include "tieline/actors/connection/jump_host.hpp"

#include "tieline/messages/failure.hpp"
#include "tieline/messages/internal/error_context.hpp"

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace tieline {

jump_host::jump_host(full_connection_actor::pointer self,
                     const connection_key& key, caller_monitor_actor monitor,
                     callbacks tell)
  : self_(self),
    key_(key),
    monitor_(std::move(monitor)),
    tell_(std::move(tell)) {
  // nop
}

void jump_host::carry(const caf::strong_actor_ptr& rider) {
  auto addr = caf::actor_cast<caf::actor_addr>(rider);
  if (rider && riders_.count(addr) == 0)
    riders_.emplace(addr, caller_watch{self_, monitor_, rider,
                                       [this, addr] { release(addr); }});
  tell_.on_riders(!riders_.empty());
}

void jump_host::release(const caf::actor_addr& rider) {
  auto i = riders_.find(rider);
  if (i == riders_.end())
    return;
  i->second.give_up();
  riders_.erase(i);
  tell_.on_riders(!riders_.empty());
}

void jump_host::forward(promise answer, std::string host, uint16_t port,
                        shared_stream stream) {
  forward({std::move(answer), std::move(host), port, std::move(stream)});
}

void jump_host::forward(forwarding what) {
  if (auto why = tell_.refusal()) {
    what.answer.deliver(std::move(why));
    return;
  }
  if (auto session = tell_.session()) {
    forward_through(session, std::move(what));
    return;
  }
  tell_.await_session([this, what](const caf::error& reason) mutable {
    if (reason)
      what.answer.deliver(reason);
    else
      forward(std::move(what));
  });
}

void jump_host::forward_through(const std::shared_ptr<session_lease>& session,
                                forwarding what) {
  auto to = caf::actor_cast<forwarder_actor>(session->transport());
  compat::request(self_, to, caf::infinite, caf::forward_atom_v, what.host,
                  what.port, what.stream)
    .then([what]() mutable { what.answer.deliver(); },
          [this, what,
           mine = std::weak_ptr{session}](const caf::error& reason) mutable {
            if (reason == caf::sec::unexpected_message)
              what.answer.deliver(make_error(
                errc::unsupported,
                {key_, step::channel, "its plugin forwards no streams"}));
            else if (!tells_of_an_end(reason))
              what.answer.deliver(in_context(key_, reason, step::channel));
            else if (auto now = tell_.session(); !now || now != mine.lock())
              forward(std::move(what));
            else
              // We are about to hear that the session has ended.
              parked_.push_back(std::move(what));
          });
}

void jump_host::session_ended() {
  for (auto& x : std::exchange(parked_, {}))
    forward(std::move(x));
}

void jump_host::end() {
  riders_.clear();
}

} // namespace tieline
