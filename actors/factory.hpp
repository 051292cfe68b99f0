#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_behavior.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

namespace tieline {

/// Makes a transport for a key, or none. The function may block and may throw.
/// It is called from several threads at once, but never twice at once for the
/// same key.
using factory_function
  = std::function<std::optional<transport_actor>(const connection_key&)>;

/// Spawns a factory that calls `make` on threads of its own. A call that blocks
/// delays only its own key, unless `max_threads` calls block at once. An
/// exception is answered as `errc::factory_failed` with the text of the
/// exception, which must not contain a secret.
/// @param plugin what the plugin tells of itself
/// @throws std::invalid_argument if `make` is empty or `max_threads` is zero.
factory_actor spawn_factory(caf::actor_system& sys, factory_function make,
                            size_t max_threads = 64, plugin_traits plugin = {});

namespace detail {

template <class Behavior>
struct handle_of;

template <class... Signatures>
struct handle_of<caf::typed_behavior<Signatures...>> {
  using type = caf::typed_actor<Signatures...>;
};

/// The actor whose state is a `Session`.
template <class Session>
using session_actor =
  typename handle_of<decltype(std::declval<Session&>().make_behavior())>::type;

template <class Session>
auto traits_of(int) -> decltype(Session::traits()) {
  return Session::traits();
}

template <class Session>
plugin_traits traits_of(...) {
  return {};
}

} // namespace detail

/// Spawns a factory whose sessions are actors with a `Session` as their state:
/// a class with `make_behavior()`, which returns the behavior of a
/// transport_actor or of more, and the constructor `Session(pointer to the
/// actor, connection_key, args...)`, which does not throw. If it has a static
/// function `traits()`, the factory tells what that returns of the plugin.
template <class Session, class... Args>
factory_actor spawn_factory(caf::actor_system& sys, Args... args) {
  detail::require_init();
  return sys.spawn([&sys, args = std::make_tuple(std::move(args)...)](
                     described_factory_actor::pointer)
                     -> described_factory_actor::behavior_type {
    return {
      [&sys, args](make_atom, const connection_key& key) {
        return std::apply(
          [&](const auto&... xs) {
            using handle = detail::session_actor<Session>;
            using impl = typename handle::template stateful_impl<Session>;
            return std::optional<transport_actor>{
              handle{sys.spawn<impl>(key, xs...)}};
          },
          args);
      },
      [](traits_atom) { return detail::traits_of<Session>(0); },
    };
  });
}

} // namespace tieline
