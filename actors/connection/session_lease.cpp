#include "tieline/actors/connection/session_lease.hpp"

#include "tieline/actors/connection/attempt_failure.hpp"
#include "tieline/actors/runtime/relay.hpp"
#include "tieline/messages/internal/error_context.hpp"
#include "tieline/messages/internal/supervisor.hpp"
#include "tieline/messages/internal/tenant.hpp"
#include "tieline/messages/internal/ticket.hpp"

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <utility>

namespace tieline {

namespace {

/// Returns the error of a request that its transport has not even read.
caf::error unbegun(const connection_key& key) {
  failure why{key, step::session, "the transport has ended"};
  why.details[begun_detail] = not_begun;
  return make_error(errc::connection_lost, std::move(why));
}

/// Returns whether the host has been reached when such a step begins.
bool is_behind_dialing(step what) {
  switch (what) {
    case step::key_exchange:
    case step::host_key:
    case step::channel:
    case step::hello:
    case step::response:
      return true;
    default:
      return false;
  }
}

} // namespace

session_lease::session_lease(full_connection_actor::pointer self,
                             const connection_context& parent,
                             connection_params params, tieline::ticket id,
                             callbacks tell)
  : self_(self),
    supervisor_(parent.supervisor),
    admission_(parent.admission),
    stepwise_(parent.traits->tells_steps),
    params_(std::move(params)),
    ticket_(std::move(id)),
    tell_(std::move(tell)) {
  // nop
}

void session_lease::start(owned<transport_actor> spare, bool stepwise) {
  spare_ = std::move(spare);
  spare_stepwise_ = stepwise;
  if (params_.via.empty()) {
    await_turn();
    return;
  }
  // The hop may need the place that this attempt would take.
  stage_ = session_stage::jump;
  hold_hop(params_.via, [weak = weak_from_this()](const caf::error& reason) {
    auto here = weak.lock();
    if (!here || here->stage_ != session_stage::jump)
      return;
    if (reason)
      here->fail(reason);
    else
      here->await_turn();
  });
}

void session_lease::await_turn() {
  stage_ = session_stage::admission;
  acquire([weak = weak_from_this()](const caf::error& reason) {
    auto here = weak.lock();
    if (!here || here->stage_ != session_stage::admission)
      return;
    if (reason) {
      here->fail(reason);
      return;
    }
    here->stage_ = session_stage::creation;
    here->tell_.on_turn();
    if (here->stage_ == session_stage::creation)
      here->make_transport();
  });
}

void session_lease::acquire(continuation then) {
  admitted_ = true;
  compat::request(self_, admission_, caf::infinite, acquire_atom_v, ticket_)
    .then([then] { then({}); },
          [weak = weak_from_this(), then](const caf::error& reason) {
            auto here = weak.lock();
            if (!here)
              return;
            // Nothing was granted, so there is nothing to give back.
            here->admitted_ = false;
            then(in_context(here->ticket_.key, reason, step::open));
          });
}

void session_lease::report(attempt_outcome what) {
  if (std::exchange(admitted_, false))
    compat::send(self_, admission_, outcome_atom_v, ticket_.id, what);
}

// -- jump hosts ---------------------------------------------------------------

bool session_lease::is_ours(const caf::strong_actor_ptr& transport) const {
  return transport && transport_ && transport->id() == transport_.get().id();
}

caf::result<forwarder_actor>
session_lease::jump(std::vector<hop> via, const caf::strong_actor_ptr& who) {
  const auto& key = ticket_.key;
  if (stage_ != session_stage::opening || !is_ours(who) || via.empty())
    return make_error(errc::canceled,
                      {key, step::jump, "the session is not opening"});
  reached_ = step::jump;
  if (hop_ && !params_.via.empty())
    return caf::actor_cast<forwarder_actor>(hop_);
  auto promise
    = self_
        ->make_response_promise<caf::typed_response_promise<forwarder_actor>>();
  // So that the hop can have the place meanwhile.
  report(attempt_outcome::abandoned);
  hold_hop(std::move(via), [weak = weak_from_this(),
                            promise](const caf::error& reason) mutable {
    auto here = weak.lock();
    if (!here || here->stage_ != session_stage::opening) {
      promise.deliver(make_error(errc::canceled, {}));
      return;
    }
    if (reason) {
      promise.deliver(reason);
      return;
    }
    here->acquire([weak, promise](const caf::error& refused) mutable {
      auto here = weak.lock();
      if (refused || !here)
        promise.deliver(refused ? refused : make_error(errc::canceled, {}));
      else
        promise.deliver(caf::actor_cast<forwarder_actor>(here->hop_));
    });
  });
  return promise;
}

void session_lease::hold_hop(std::vector<hop> via, continuation then) {
  hops_.clear();
  for (const auto& x : via.front().params.via)
    hops_.push_back(x.key);
  for (const auto& x : via)
    hops_.push_back(x.key);
  auto last = std::move(via.back().params);
  via.pop_back();
  if (!via.empty())
    last.via = std::move(via);
  ask_hop(std::move(last), 1, std::move(then));
}

void session_lease::ask_hop(connection_params params, int tries,
                            continuation then) {
  auto failed = [weak = weak_from_this(), then](const caf::error& reason) {
    auto here = weak.lock();
    if (!here)
      return;
    const auto& name = here->hops_.back();
    auto known = in_context(name, reason, step::open);
    failure why{here->ticket_.key, step::jump, describe(known),
                failure_of(known).retry_after};
    why.details["hop"] = to_string(name);
    then(make_error(code_of(known), std::move(why)));
  };
  auto supervisor = caf::actor_cast<opener_actor>(supervisor_);
  if (!supervisor) {
    failed(make_error(errc::closed, {{}, step::none, "its manager has ended"}));
    return;
  }
  compat::request(self_, supervisor, caf::infinite, get_or_create_atom_v,
                  hops_.back())
    .then(
      [weak = weak_from_this(), params = std::move(params), tries, then,
       failed](std::optional<connection_actor>& got) mutable {
        auto here = weak.lock();
        if (!here || here->stage_ == session_stage::over)
          return;
        if (!got) {
          failed(make_error(errc::factory_not_set, {}));
          return;
        }
        here->hop_ = caf::actor_cast<jump_host_actor>(*got);
        compat::request(here->self_, here->hop_, caf::infinite, jump_atom_v,
                        params)
          .then([then] { then({}); },
                [weak, params, tries, then,
                 failed](const caf::error& reason) mutable {
                  auto here = weak.lock();
                  // Somebody has just closed it; there can be another.
                  if (here && tries > 0 && code_of(reason) == errc::closed)
                    here->ask_hop(std::move(params), tries - 1, then);
                  else
                    failed(reason);
                });
      },
      failed);
}

void session_lease::release_hop() {
  if (auto hop = std::exchange(hop_, nullptr))
    compat::send(self_, hop, release_atom_v);
}

// -- the transport ------------------------------------------------------------

void session_lease::make_transport() {
  if (spare_) {
    open(std::move(spare_), spare_stepwise_);
    return;
  }
  auto supervisor = caf::actor_cast<supervisor_actor>(supervisor_);
  if (!supervisor) {
    fail(make_error(errc::closed,
                    {ticket_.key, step::create, "its manager has ended"}));
    return;
  }
  compat::request(self_, supervisor, caf::infinite, make_atom_v, ticket_.key)
    .then(
      [weak = weak_from_this()](std::optional<transport_actor>& made) {
        // What comes too late is let go of.
        owned<transport_actor> fresh{made ? std::move(*made)
                                          : transport_actor{}};
        auto here = weak.lock();
        if (!here || here->stage_ != session_stage::creation)
          return;
        if (fresh)
          here->open(std::move(fresh), here->stepwise_);
        else
          here->fail(make_error(errc::factory_not_set,
                                {here->ticket_.key, step::create,
                                 "no factory for the plugin any more"}));
      },
      [weak = weak_from_this()](const caf::error& reason) {
        auto here = weak.lock();
        if (here && here->stage_ == session_stage::creation)
          here->fail(in_context(here->ticket_.key, reason, step::create));
      });
}

void session_lease::open(owned<transport_actor> fresh, bool stepwise) {
  stage_ = session_stage::opening;
  transport_ = std::move(fresh);
  // One on another node would never answer once that is lost.
  is_local_ = transport_.get().node() == self_->system().node();
  if (!is_local_) {
    stepwise = false;
    // The relay hands on what the other may not understand, and says so.
    using other = cancelable_transport_actor;
    owned<other> far{caf::actor_cast<other>(transport_.get())};
    transport_.release();
    auto near = spawn_relay<other>(self_->system(), std::move(far));
    transport_ = owned{caf::actor_cast<transport_actor>(near)};
  }
  compat::monitor(self_, transport_.get(),
                  [weak = weak_from_this()](const caf::error& reason) {
                    auto here = weak.lock();
                    if (!here)
                      return;
                    const auto& key = here->ticket_.key;
                    here->transport_ended(
                      reason.empty() ? make_error(errc::connection_lost,
                                                  {key, step::session,
                                                   "the transport has ended"})
                                     : in_context(key, reason, step::session));
                  });
  // One that does not tell its steps logs in before we know.
  if (!stepwise && ticket_.tells_dialed && !std::exchange(dialed_, true))
    compat::send(self_, admission_, dialed_atom_v, ticket_.id);
  ask_to_open(stepwise);
}

void session_lease::ask_to_open(bool stepwise) {
  auto opened = [weak = weak_from_this()](const session_traits& traits) {
    if (auto here = weak.lock())
      here->opened(traits);
  };
  auto failed = [weak = weak_from_this(), stepwise](const caf::error& reason) {
    auto here = weak.lock();
    if (!here)
      return;
    // Made by the factory before this one.
    if (stepwise && reason == caf::sec::unexpected_message
        && here->stage_ == session_stage::opening)
      here->ask_to_open(false);
    else
      here->fail(in_context(here->ticket_.key, reason, step::open));
  };
  if (stepwise)
    compat::request(self_,
                    caf::actor_cast<stepwise_transport_actor>(transport_.get()),
                    caf::infinite, caf::open_atom_v, params_,
                    step_listener_actor{self_})
      .then(opened, failed);
  else
    compat::request(self_, transport_.get(), caf::infinite, caf::open_atom_v,
                    params_)
      .then(opened, failed);
}

caf::result<void> session_lease::begin_step(step what,
                                            const caf::strong_actor_ptr& who) {
  if (stage_ != session_stage::opening || !is_ours(who))
    return caf::unit;
  reached_ = what;
  if (!is_behind_dialing(what) || std::exchange(dialed_, true))
    return caf::unit;
  auto promise
    = self_->make_response_promise<caf::typed_response_promise<void>>();
  compat::request(self_, admission_, caf::infinite, dialed_atom_v, ticket_.id)
    .then([promise]() mutable { promise.deliver(); },
          [promise](const caf::error& reason) mutable {
            promise.deliver(reason);
          });
  return promise;
}

void session_lease::opened(const session_traits& traits) {
  if (stage_ != session_stage::opening)
    return;
  stage_ = session_stage::open;
  params_ = {};
  traits_ = traits;
  report(attempt_outcome::opened);
  tell_.on_open();
}

void session_lease::transport_ended(const caf::error& reason) {
  if (stage_ != session_stage::open) {
    fail(reason);
    return;
  }
  // What was sent to it since comes back unread, and before the answer to this.
  ending_ = true;
  compat::request(self_, transport_.get(), caf::infinite, probe_atom_v)
    .then([] {},
          [weak = weak_from_this(), reason](const caf::error&) {
            if (auto here = weak.lock())
              here->fail(reason);
          });
}

void session_lease::fail(const caf::error& reason) {
  if (stage_ == session_stage::over)
    return;
  // The callback may let go of us.
  auto keep = shared_from_this();
  if (stage_ == session_stage::open)
    compat::send(self_, admission_, release_atom_v, ticket_.id);
  else
    report(outcome_of(reason));
  stage_ = session_stage::over;
  transport_.reset();
  release_hop();
  tell_.on_end(reason);
}

void session_lease::execute(uint64_t id, request what) {
  compat::request(self_, transport_.get(), caf::infinite, execute_atom_v,
                  std::move(what))
    .then(
      [weak = weak_from_this(), id](reply& result) {
        if (auto here = weak.lock())
          here->tell_.on_reply(id, std::move(result));
      },
      [weak = weak_from_this(), id](const caf::error& reason) {
        auto here = weak.lock();
        if (!here)
          return;
        const auto& key = here->ticket_.key;
        // The end itself follows, and tells why.
        if (tells_of_an_end(reason)) {
          here->ending_ = true;
          if (here->is_local_ && reason == caf::sec::request_receiver_down)
            here->tell_.on_dropped(id, unbegun(key));
          return;
        }
        auto told = in_context(key, reason, step::execute);
        auto code = code_of(told);
        if (code != errc::connection_lost && code != errc::node_lost) {
          here->tell_.on_reply(id, std::move(told));
          return;
        }
        // The end follows here too, but what waits must not be run on this
        // session meanwhile.
        here->ending_ = true;
        auto context = failure_of(told);
        if (context.at != step::jump)
          context.at = step::session;
        here->tell_.on_dropped(id, make_error(code, context));
        // Of several, those that had not begun come first. After the end we
        // would not hear of them any more.
        if (!is_unbegun(told))
          here->fail(make_error(code, {key, context.at, context.cause}));
      });
}

void session_lease::cancel(uint64_t id) {
  // To those that cannot do it this is no message of theirs.
  compat::request(self_,
                  caf::actor_cast<cancelable_transport_actor>(transport_.get()),
                  caf::infinite, cancel_atom_v, id)
    .then([] {}, [](const caf::error&) {});
}

void session_lease::leave(attempt_outcome why) {
  auto last = std::exchange(stage_, session_stage::over);
  if (last == session_stage::open)
    compat::send(self_, admission_, release_atom_v, ticket_.id);
  else
    report(why);
  spare_.reset();
  transport_.reset();
  release_hop();
}

} // namespace tieline
