#include "tieline/transports/netconf/subsystem.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace tieline::netconf {

namespace {

class subsystem_state {
public:
  static inline const char* name = "tieline.netconf_subsystem";

  subsystem_state(subsystem_actor::pointer self, carrier_actor carrier,
                  std::string subsystem, caf::weak_actor_ptr owner)
    : self_(self),
      carrier_(std::move(carrier)),
      subsystem_(std::move(subsystem)),
      owner_(std::move(owner)) {
    // nop
  }

  subsystem_actor::behavior_type make_behavior() {
    compat::request(self_, carrier_, caf::infinite, subsystem_atom_v,
                    std::move(subsystem_),
                    caf::actor_cast<sink_actor>(self_->ctrl()))
      .then([this](const reply& how) { end(how); },
            [this](const caf::error& reason) { end(reason); });
    return {
      [this](chunk& what) -> caf::result<void> {
        if (auto owner = lock())
          // It answers when it is ready for more.
          return compat::delegate(self_, owner, std::move(what));
        self_->quit(caf::exit_reason::normal);
        return caf::unit;
      },
      [this](put_atom, std::string& input) {
        // The end of the stream tells of what cannot be sent.
        compat::request(self_, carrier_, caf::infinite, put_atom_v,
                        std::move(input))
          .then([] {}, [](const caf::error&) {});
      },
    };
  }

private:
  subsystem_owner_actor lock() const {
    if (auto here = owner_.lock())
      return caf::actor_cast<subsystem_owner_actor>(here);
    return {};
  }

  template <class Reason>
  void end(const Reason& reason) {
    if (auto owner = lock())
      compat::send(self_, owner, closed_atom_v, reason);
    self_->quit(caf::exit_reason::normal);
  }

  subsystem_actor::pointer self_;
  carrier_actor carrier_;
  std::string subsystem_;
  caf::weak_actor_ptr owner_;
};

} // namespace

subsystem_actor spawn_subsystem(caf::actor_system& sys, carrier_actor carrier,
                                std::string subsystem,
                                caf::weak_actor_ptr owner) {
  using impl = subsystem_actor::stateful_impl<subsystem_state>;
  return sys.spawn<impl>(std::move(carrier), std::move(subsystem),
                         std::move(owner));
}

} // namespace tieline::netconf
