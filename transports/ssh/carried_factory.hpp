#pragma once

#include "tieline/transports/io/poller.hpp"
#include "tieline/transports/ssh/carried_traits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tieline::ssh {

/// What a carried session needs to know of where it runs.
struct carried_context {
  /// Makes SSH sessions, or shares those that it has made.
  ssh_factory_actor ssh;
  /// See plugin_traits::tells_steps.
  bool ssh_tells_steps;
  /// Keeps the deadlines.
  std::shared_ptr<io::poller> poller;
};

/// A factory of sessions on streams of SSH sessions. `Plugin` has
/// - `factory_name`: the name of its actor,
/// - `traits()`: what the plugin tells of itself,
/// - `make(system, key, context)`: a session, fresh and not yet open.
template <class Plugin>
class carried_factory_state {
public:
  static inline const char* name = Plugin::factory_name;

  carried_factory_state(described_factory_actor::pointer self, Plugin plugin,
                        ssh_factory_actor ssh)
    : self_(self),
      plugin_(std::move(plugin)),
      ssh_(std::move(ssh)),
      traits_(self, ssh_, plugin_.traits()),
      poller_(io::poller::shared()) {
    // nop
  }

  described_factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, connection_key& key) {
        return traits_.once_known<std::optional<transport_actor>>(
          [this, key = std::move(key)] {
            return plugin_.make(self_->home_system(), key,
                                {ssh_, traits_.ssh_tells_steps(), poller_});
          });
      },
      [this](traits_atom) {
        return traits_.once_known<plugin_traits>([this] { return *traits_; });
      },
    };
  }

private:
  described_factory_actor::pointer self_;
  Plugin plugin_;
  ssh_factory_actor ssh_;
  carried_traits traits_;
  /// Keeps the deadlines of the sessions, on the thread that serves SSH, too.
  std::shared_ptr<io::poller> poller_;
};

template <class Plugin>
factory_actor spawn_carried_factory(caf::actor_system& sys, Plugin plugin,
                                    const factory_actor& ssh) {
  using impl
    = described_factory_actor::stateful_impl<carried_factory_state<Plugin>>;
  return sys.spawn<impl>(std::move(plugin),
                         caf::actor_cast<ssh_factory_actor>(ssh));
}

} // namespace tieline::ssh
