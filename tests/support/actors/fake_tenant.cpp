#include "support/actors/fake_tenant.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace tieline::test {

fake_tenant::fake_tenant(caf::actor_system& sys, admission_actor admission)
  : admission_(std::move(admission)) {
  actor_ = sys.spawn(
    [this](tenant_actor::pointer self) -> tenant_actor::behavior_type {
      self_ = self;
      return {
        [](resolve_atom, const connection_params&, caf::timespan,
           const caf::strong_actor_ptr&) {
          return std::optional<connection_actor>{};
        },
        [](caf::open_atom, const connection_params&, caf::timespan,
           const caf::strong_actor_ptr&) {},
        [this](idle_atom) {
          ++asked_for_idle;
          return idle;
        },
        [this](evict_atom) {
          ++asked_to_evict;
          return on_evict();
        },
        [](const shared_traits&) {},
        [](clear_credential_atom, const std::string&) {},
        [](hand_over_atom) {},
      };
    });
  id_ = actor_.id();
}

void fake_tenant::carry_out(order what) {
  if (actor_)
    compat::post(caf::actor_cast<caf::strong_actor_ptr>(actor_),
                 caf::make_action(
                   [this, what = std::move(what)] { what(self_); }));
}

template <class T, class... Ts>
answer<T> fake_tenant::ask(Ts... xs) {
  answer<T> result;
  carry_out([this, result, xs...](tenant_actor::pointer self) {
    auto keep = result;
    auto keep_error = [keep](caf::error& reason) mutable {
      keep.set(std::move(reason));
    };
    auto pending = compat::request(self, admission_, caf::infinite, xs...);
    if constexpr (std::is_same_v<T, caf::unit_t>)
      std::move(pending).then([keep]() mutable { keep.set(caf::unit); },
                              keep_error);
    else
      std::move(pending).then(
        [keep](T& got) mutable { keep.set(std::move(got)); }, keep_error);
  });
  return result;
}

answer<caf::unit_t> fake_tenant::acquire(const ticket& what) {
  return ask<caf::unit_t>(acquire_atom_v, what);
}

answer<admission_status> fake_tenant::explain(const ticket& what) {
  return ask<admission_status>(explain_atom_v, what);
}

answer<caf::unit_t> fake_tenant::dialed(uint64_t number) {
  return ask<caf::unit_t>(dialed_atom_v, number);
}

void fake_tenant::outcome(uint64_t number, attempt_outcome what) {
  carry_out([this, number, what](tenant_actor::pointer self) {
    compat::send(self, admission_, outcome_atom_v, number, what);
  });
}

void fake_tenant::release(uint64_t number) {
  carry_out([this, number](tenant_actor::pointer self) {
    compat::send(self, admission_, release_atom_v, number);
  });
}

void fake_tenant::be_idle(caf::timespan span) {
  idle = span;
  carry_out([this](tenant_actor::pointer self) {
    compat::send(self, admission_, idle_atom_v, uint64_t{1});
  });
}

void fake_tenant::end() {
  if (actor_)
    caf::anon_send_exit(std::exchange(actor_, nullptr),
                        caf::exit_reason::user_shutdown);
}

fake_events::fake_events(caf::actor_system& sys)
  : actor_(
    sys.spawn([this](events_actor::pointer) -> events_actor::behavior_type {
      return {
        [this](lifecycle_event& what) { told.push_back(std::move(what)); },
        [](caf::subscribe_atom, const listener_actor&, const selector&) {},
        [](caf::unsubscribe_atom, const listener_actor&) { return false; },
      };
    })) {
  // nop
}

fake_events::~fake_events() {
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
}

} // namespace tieline::test
