#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace tieline {

namespace detail {

using event_function = std::function<void(const lifecycle_event&)>;

listener_actor spawn_listener(caf::actor_system& sys, operator_actor manager,
                              event_function f, selector which);

} // namespace detail

/// Spawns an actor that calls `f(event)` with the events of the connections
/// that the selector matches, one after the other. It ends with the manager or
/// on an exit message; nobody has to keep its handle.
/// @param manager a manager, a stand-in or a router
template <class F>
listener_actor spawn_listener(caf::actor_system& sys,
                              const operator_actor& manager, F f,
                              selector which = {}) {
  constexpr auto takes = std::is_invocable_v<F&, const lifecycle_event&>;
  static_assert(takes, "the function takes a const lifecycle_event&");
  if constexpr (takes)
    return detail::spawn_listener(sys, manager, std::move(f), std::move(which));
  else
    return {};
}

} // namespace tieline
