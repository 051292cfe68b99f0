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
  : book_(std::make_shared<const book>(
    book{settled(sys, std::move(known)), std::move(takes)})),
    readers_(sys, 4) {
  // nop
}

void credential_resolver::complete(connection_key key, connection_params params,
                                   caf::actor_addr asker, callback done) {
  readers_.run([book = book_, key = std::move(key), params = std::move(params),
                asker = std::move(asker), done = std::move(done)]() mutable {
    io::post(asker, [done = std::move(done),
                     result = book->all.complete(key, std::move(params),
                                                 book->takes)]() mutable {
      done(std::move(result));
    });
  });
}

} // namespace tieline
