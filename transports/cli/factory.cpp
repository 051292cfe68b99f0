#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/options_of.hpp"
#include "tieline/transports/cli/cli.hpp"
#include "tieline/transports/cli/session.hpp"
#include "tieline/transports/ssh/carried_traits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tieline {

namespace {

class cli_factory_state {
public:
  static inline const char* name = "tieline.cli_factory";

  cli_factory_state(described_factory_actor::pointer self, cli_options options,
                    std::shared_ptr<const cli::platform_library> platforms,
                    ssh_factory_actor ssh)
    : self_(self),
      options_(std::move(options)),
      platforms_(std::move(platforms)),
      ssh_(std::move(ssh)),
      traits_(self, ssh_, cli_options::table().traits(options_)),
      poller_(io::poller::shared()) {
    // nop
  }

  described_factory_actor::behavior_type make_behavior() {
    return {
      [this](make_atom, connection_key& key) {
        return traits_.once_known<std::optional<transport_actor>>(
          [this, key = std::move(key)] { return make(key); });
      },
      [this](traits_atom) {
        return traits_.once_known<plugin_traits>([this] { return *traits_; });
      },
    };
  }

private:
  transport_actor make(const connection_key& key) {
    return cli::spawn_session(self_->home_system(), key, options_, platforms_,
                              ssh_, traits_.ssh_tells_steps(), poller_);
  }

  described_factory_actor::pointer self_;
  cli_options options_;
  std::shared_ptr<const cli::platform_library> platforms_;
  ssh_factory_actor ssh_;
  ssh::carried_traits traits_;
  /// Keeps the deadlines of the sessions, on the thread that serves SSH, too.
  std::shared_ptr<io::poller> poller_;
};

} // namespace

factory_actor spawn_cli_factory(caf::actor_system& sys, factory_actor ssh,
                                std::optional<cli_options> options) {
  auto how = options_of(sys, std::move(options));
  auto platforms = std::make_shared<const cli::platform_library>(how.platforms);
  using impl = described_factory_actor::stateful_impl<cli_factory_state>;
  return sys.spawn<impl>(std::move(how), std::move(platforms),
                         caf::actor_cast<ssh_factory_actor>(ssh));
}

} // namespace tieline
