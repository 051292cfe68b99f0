#include "tieline/transports/ssh/helpers.hpp"
#include "tieline/transports/ssh/session.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <mutex>
#include <stdexcept>
#include <utility>

namespace tieline {

namespace {

class ssh_factory_state {
public:
  static inline const char* name = "tieline.ssh_factory";

  ssh_factory_state(factory_actor::pointer self, ssh_options options,
                    std::shared_ptr<ssh::helpers> shared)
    : self_(self),
      options_(std::move(options)),
      helpers_(std::move(shared)) {
    // nop
  }

  factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom,
             const connection_key& key) -> std::optional<transport_actor> {
        return ssh::spawn_session(self_->home_system(), key, options_,
                                  helpers_);
      },
    };
  }

private:
  factory_actor::pointer self_;
  ssh_options options_;
  std::shared_ptr<ssh::helpers> helpers_;
};

} // namespace

factory_actor spawn_ssh_factory(caf::actor_system& sys, ssh_options options) {
  if (auto error = options.check(); !error.empty())
    throw std::invalid_argument(describe(error));
  static std::once_flag once;
  std::call_once(once, [] { ssh_init(); });
  using impl = factory_actor::stateful_impl<ssh_factory_state>;
  return sys.spawn<impl>(std::move(options),
                         std::make_shared<ssh::helpers>(sys));
}

} // namespace tieline
