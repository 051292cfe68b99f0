#pragma once

#include <tieline/messages/interfaces.hpp>

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace tieline::soak {

/// The events that a listener has received, counted.
struct event_log {
  std::array<std::atomic<uint64_t>, std::size(names_of<event_kind>::values)>
    told{};
  std::atomic<uint64_t> missed{0};

  uint64_t count(event_kind what) const {
    return told.at(static_cast<size_t>(what));
  }

  uint64_t told_in_all() const;
};

/// Spawns a listener that counts events in `log` and answers each after
/// `delay`.
listener_actor spawn_listener(caf::actor_system& sys, event_log& log,
                              caf::timespan delay);

/// Spawns a listener that ends after some events.
listener_actor spawn_fleeting_listener(caf::actor_system& sys, uint64_t events);

} // namespace tieline::soak
