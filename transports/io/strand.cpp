#include "tieline/transports/io/strand.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>

namespace tieline::io {

namespace {

class strand_state {
public:
  static inline const char* name = "tieline.strand";

  explicit strand_state(caf::event_based_actor*) {
    // nop
  }

  static caf::behavior make_behavior() {
    // CAF runs actions by itself; without any handler the actor would end.
    return {[](caf::unit_t) {}};
  }
};

using strand_impl = caf::stateful_actor<strand_state>;

} // namespace

strand::~strand() {
  if (actor_)
    caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
}

void strand::run(std::function<void()> f) {
  std::call_once(spawned_, [this] {
    actor_ = where_ == kind::detached
               ? caf::actor{sys_.spawn<strand_impl, caf::detached>()}
               : caf::actor{sys_.spawn<strand_impl>()};
  });
  compat::anon_send(actor_, caf::make_action(std::move(f)));
}

} // namespace tieline::io
