#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/options_of.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/netconf/profile.hpp"
#include "tieline/transports/netconf/session.hpp"

#include <optional>
#include <utility>

namespace tieline {

namespace {

struct netconf_plugin {
  static inline const char* factory_name = "tieline.netconf_factory";

  netconf_options options;

  plugin_traits traits() const {
    auto result = netconf_options::table().traits(options);
    result.ports = {{netconf::well_known_port}};
    return result;
  }

  transport_actor make(caf::actor_system& sys, const connection_key& key,
                       ssh::carried_context where) const {
    return netconf::spawn_session(sys, key, options, std::move(where));
  }
};

} // namespace

factory_actor spawn_netconf_factory(caf::actor_system& sys, factory_actor ssh,
                                    std::optional<netconf_options> options) {
  return ssh::spawn_carried_factory(sys,
                                    netconf_plugin{options_of(sys, options)},
                                    ssh);
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
