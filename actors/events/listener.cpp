#include "tieline/actors/events/listener.hpp"

#include <caf/actor_cast.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace tieline::detail {

namespace {

class listener_state {
public:
  static inline const char* name = "tieline.listener";

  listener_state(listener_actor::pointer self, const operator_actor& manager,
                 event_function f, selector which)
    : me_(self),
      f_(std::move(f)) {
    auto end = [this, self](const caf::error&) {
      me_ = nullptr;
      self->quit();
    };
    compat::monitor(self, caf::actor_cast<caf::actor>(manager), end);
    compat::request(self, manager, caf::infinite, caf::subscribe_atom_v, me_,
                    std::move(which))
      .then([] {}, end);
  }

  listener_actor::behavior_type make_behavior() {
    return {
      [this](const lifecycle_event& x) { f_(x); },
    };
  }

private:
  /// The manager does not hold it, and nobody else has to.
  listener_actor me_;
  event_function f_;
};

} // namespace

listener_actor spawn_listener(caf::actor_system& sys, operator_actor manager,
                              event_function f, selector which) {
  return sys.spawn<listener_actor::stateful_impl<listener_state>>(
    std::move(manager), std::move(f), std::move(which));
}

} // namespace tieline::detail
