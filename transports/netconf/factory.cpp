#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/options_of.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/netconf/profile.hpp"
#include "tieline/transports/netconf/session.hpp"
#include "tieline/transports/ssh/carried_traits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tieline {

namespace {

class netconf_factory_state {
public:
  static inline const char* name = "tieline.netconf_factory";

  netconf_factory_state(described_factory_actor::pointer self,
                        netconf_options options, ssh_factory_actor ssh)
    : self_(self),
      options_(options),
      ssh_(std::move(ssh)),
      traits_(self, ssh_, own_traits(options)),
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
  static plugin_traits own_traits(const netconf_options& options) {
    auto result = netconf_options::table().traits(options);
    result.ports = {{netconf::well_known_port}};
    return result;
  }

  transport_actor make(const connection_key& key) {
    return netconf::spawn_session(self_->home_system(), key, options_, ssh_,
                                  traits_.ssh_tells_steps(), poller_);
  }

  described_factory_actor::pointer self_;
  netconf_options options_;
  ssh_factory_actor ssh_;
  ssh::carried_traits traits_;
  /// Keeps the deadlines of the sessions, on the thread that serves SSH, too.
  std::shared_ptr<io::poller> poller_;
};

} // namespace

factory_actor spawn_netconf_factory(caf::actor_system& sys, factory_actor ssh,
                                    std::optional<netconf_options> options) {
  using impl = described_factory_actor::stateful_impl<netconf_factory_state>;
  return sys.spawn<impl>(options_of(sys, options),
                         caf::actor_cast<ssh_factory_actor>(ssh));
}

factory_actor spawn_netconf_factory(caf::actor_system& sys,
                                    std::optional<netconf_options> options,
                                    std::optional<ssh_options> ssh,
                                    std::optional<credentials> known) {
  auto how = options_of(sys, options);
  how.share_session = false;
  return spawn_netconf_factory(
    sys, spawn_ssh_factory(sys, std::move(ssh), std::move(known)), how);
}

} // namespace tieline
