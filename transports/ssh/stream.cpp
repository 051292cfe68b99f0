#include "tieline/transports/ssh/stream.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace tieline::ssh {

namespace {

class stream_state {
public:
  static inline const char* name = "tieline.ssh_stream";

  stream_state(stream_actor::pointer self, carrier_actor carrier,
               std::variant<subsystem, shell> what, caf::weak_actor_ptr owner)
    : self_(self),
      carrier_(std::move(carrier)),
      what_(std::move(what)),
      owner_(std::move(owner)) {
    // nop
  }

  stream_actor::behavior_type make_behavior() {
    auto to = caf::actor_cast<sink_actor>(self_->ctrl());
    if (auto* x = std::get_if<shell>(&what_))
      start(caf::spawn_atom_v, x->columns, x->rows, to);
    else
      start(subsystem_atom_v, std::get<subsystem>(what_).name, to);
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
  template <class... Ts>
  void start(const Ts&... how) {
    compat::request(self_, carrier_, caf::infinite, how...)
      .then([this](const reply& how) { end(how); },
            [this](const caf::error& reason) { end(reason); });
  }

  stream_owner_actor lock() const {
    if (auto here = owner_.lock())
      return caf::actor_cast<stream_owner_actor>(here);
    return {};
  }

  template <class Reason>
  void end(const Reason& reason) {
    if (auto owner = lock())
      compat::send(self_, owner, closed_atom_v, reason);
    self_->quit(caf::exit_reason::normal);
  }

  stream_actor::pointer self_;
  carrier_actor carrier_;
  std::variant<subsystem, shell> what_;
  caf::weak_actor_ptr owner_;
};

} // namespace

stream_actor spawn_stream(caf::actor_system& sys, carrier_actor carrier,
                          std::variant<subsystem, shell> what,
                          caf::weak_actor_ptr owner) {
  using impl = stream_actor::stateful_impl<stream_state>;
  return sys.spawn<impl>(std::move(carrier), std::move(what), std::move(owner));
}

} // namespace tieline::ssh
