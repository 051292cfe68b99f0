#pragma once

#include "tieline/transports/credentials/credentials.hpp"
#include "tieline/transports/io/worker_pool.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tieline {

/// Completes the params of sessions that name a credential, on threads of its
/// own; one credential that hangs keeps few of them. The sessions of a factory
/// share it.
class credential_resolver {
public:
  using callback = std::function<void(caf::expected<connection_params>)>;

  /// @param takes the secrets that the plugin takes
  /// @param known none: those of the system's config
  /// @throws std::invalid_argument if the config is wrong
  credential_resolver(caf::actor_system& sys,
                      std::vector<std::string_view> takes,
                      std::optional<credentials> known);

  /// Calls `done` in the context of `asker`, see credentials::complete.
  void complete(connection_key key, connection_params params,
                caf::actor_addr asker, callback done);

private:
  struct sources {
    credentials all;
    std::vector<std::string_view> takes;
  };

  std::shared_ptr<const sources> sources_;
  io::worker_pool readers_;
};

} // namespace tieline
