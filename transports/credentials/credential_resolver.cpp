#include "tieline/transports/credentials/credential_resolver.hpp"

#include "tieline/messages/failure.hpp"

#include <caf/actor_system_config.hpp>

#include <stdexcept>
#include <utility>

namespace tieline {

namespace {

credentials settled(caf::actor_system& sys, std::optional<credentials> known) {
  if (known)
    return std::move(*known);
  auto loaded = credentials::load(content(sys.config()));
  if (!loaded)
    throw std::invalid_argument(describe(loaded.error()));
  return std::move(*loaded);
}

} // namespace

credential_resolver::credential_resolver(caf::actor_system& sys,
                                         std::vector<std::string_view> takes,
                                         std::optional<credentials> known)
  : sources_(std::make_shared<const sources>(
    sources{settled(sys, std::move(known)), std::move(takes)})) {
  // nop
}

void credential_resolver::complete(connection_key key, connection_params params,
                                   caf::actor_addr asker, callback done) {
  auto no_thread = [key](const std::string& why) {
    return caf::expected<connection_params>{
      make_error(errc::transport_failed, {key, step::open, why})};
  };
  auto name = credential_of(params);
  readers_.ask(
    std::move(name), std::move(asker),
    [from = sources_, key = std::move(key),
     params = std::move(params)]() mutable {
      return from->all.complete(key, std::move(params), from->takes);
    },
    std::move(no_thread), std::move(done));
}

} // namespace tieline
