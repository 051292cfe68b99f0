#pragma once

#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/named_enum.hpp"

#include <caf/typed_actor.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tieline {

/// The events that are counted.
enum class connection_event : uint8_t {
  created,
  opened,
  closed,
  open_failed,
  lost,
  evicted,
};

template <>
struct names_of<connection_event> {
  static constexpr std::string_view values[]
    = {"created", "opened", "closed", "open_failed", "lost", "evicted"};
};

/// Owns the counters.
using stats_actor = caf::typed_actor<
  // Counts one event under a plugin name.
  caf::result<void>(count_atom, connection_event, std::string),
  // Returns the counters of one plugin name; nothing before its first event.
  caf::result<std::optional<connection_counters>>(counters_atom, std::string),
  // Returns all counters.
  caf::result<counters_snapshot>(counters_atom)>;

} // namespace tieline
