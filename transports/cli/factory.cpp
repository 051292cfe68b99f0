#include "tieline/messages/options/option_table.hpp"
#include "tieline/messages/options/options_of.hpp"
#include "tieline/transports/cli/cli.hpp"
#include "tieline/transports/cli/session.hpp"

#include <memory>
#include <utility>

namespace tieline {

namespace {

struct cli_plugin {
  static inline const char* factory_name = "tieline.cli_factory";

  cli_options options;
  std::shared_ptr<const cli::platform_library> platforms;

  plugin_traits traits() const {
    return cli_options::table().traits(options);
  }

  transport_actor make(caf::actor_system& sys, const connection_key& key,
                       ssh::carried_context where) const {
    return cli::spawn_session(sys, key, options, platforms, std::move(where));
  }
};

} // namespace

factory_actor spawn_cli_factory(caf::actor_system& sys, factory_actor ssh,
                                std::optional<cli_options> options) {
  auto how = options_of(sys, std::move(options));
  auto platforms = std::make_shared<const cli::platform_library>(how.platforms);
  return ssh::spawn_carried_factory(
    sys, cli_plugin{std::move(how), std::move(platforms)}, ssh);
}

} // namespace tieline
