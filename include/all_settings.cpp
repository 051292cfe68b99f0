#include "tieline/all_settings.hpp"

#include "tieline/actors/cluster/membership/cluster_settings.hpp"
#include "tieline/actors/node/node_settings.hpp"
#include "tieline/actors/settings.hpp"
#include "tieline/transports/cli/cli.hpp"
#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/http/http.hpp"
#include "tieline/transports/netconf/netconf.hpp"
#include "tieline/transports/ssh/ssh.hpp"

#include <utility>

namespace tieline {

namespace {

template <class... Options>
struct option_structs {
  static void declare(caf::config_option_set& options) {
    (Options::add_options(options), ...);
  }

  static caf::error check(const caf::settings& config) {
    caf::error result;
    auto is_right = [&](auto loaded) {
      if (!loaded)
        result = std::move(loaded.error());
      return result.empty();
    };
    (is_right(Options::load(config)) && ...);
    return result;
  }
};

using all = option_structs<settings, ssh_options, cli_options, netconf_options,
                           http_options, node_settings, cluster_settings>;

} // namespace

void add_options(caf::config_option_set& options) {
  all::declare(options);
}

caf::error check_settings(const caf::settings& config) {
  if (auto error = all::check(config); !error.empty())
    return error;
  // They have names, so nothing can be declared for them.
  auto known = credentials::load(config);
  return known ? caf::error{} : known.error();
}

} // namespace tieline
