#pragma once

#include "tieline/actors/runtime/owned.hpp"
#include "tieline/messages/interfaces.hpp"
#include "tieline/messages/internal/supervisor.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace tieline {

/// The factories of a manager, by plugin name. Forgets those that end. Part of
/// its actor.
class factories {
public:
  /// The name of a plugin, or none for all that have no factory of their own.
  using plugin = std::optional<std::string>;

  /// @param on_end is told of each factory that has ended: its address, and
  ///               `errc::node_lost` or `errc::factory_failed`
  factories(full_manager_actor::pointer self,
            std::function<void(const caf::actor_addr&, errc)> on_end);

  bool empty() const noexcept {
    return factories_.empty();
  }

  /// Sets the factory of a plugin. Returns the one that it replaces, or a null
  /// handle.
  factory_actor set(plugin name, const factory_actor& factory);

  /// Takes the factory of a plugin out and returns it, or a null handle.
  factory_actor erase(const plugin& name);

  /// Returns whether the factory is set for any plugin.
  bool has(const caf::actor_addr& factory) const;

  /// Returns the factory to ask for a plugin, or a null handle.
  factory_actor find(const std::string& name) const;

private:
  factory_actor within_reach(const factory_actor& factory);

  void on_down(const caf::actor_addr& factory, const caf::error& reason);

  full_manager_actor::pointer self_;
  std::function<void(const caf::actor_addr&, errc)> on_end_;
  std::map<plugin, factory_actor> factories_;
  /// Those whose end we will be told.
  std::unordered_set<caf::actor_addr> watched_;
  /// Those that stand for factories on other nodes.
  std::unordered_map<caf::actor_addr, owned<factory_actor>> relays_;
};

} // namespace tieline
