#pragma once

#include "tieline/messages/failure.hpp"
#include "tieline/messages/type_ids.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

namespace tieline {

/// Returns the options that were given, or else those of the system's config.
/// @throws std::invalid_argument with the error as text if one is wrong.
template <class Options>
Options options_of(const caf::actor_system& sys, std::optional<Options> given) {
  detail::require_init();
  if (!given) {
    auto loaded = Options::load(content(sys.config()));
    if (!loaded)
      throw std::invalid_argument(describe(loaded.error()));
    return std::move(*loaded);
  }
  if (auto error = given->check(); !error.empty())
    throw std::invalid_argument(describe(error));
  return std::move(*given);
}

} // namespace tieline
