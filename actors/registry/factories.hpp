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
#include <vector>

namespace tieline {

/// The factories of a manager, by plugin name, and what they tell of their
/// plugins. Forgets those that end. Part of its actor.
class factories {
public:
  /// The name of a plugin, or none for all that have no factory of their own.
  using plugin = std::optional<std::string>;

  struct callbacks {
    /// A factory has ended, with `errc::node_lost` or `errc::factory_failed`.
    std::function<void(const caf::actor_addr&, errc)> on_end;
    /// A factory that is set has told of its plugin.
    std::function<void(const factory_actor&)> on_described;
  };

  factories(full_manager_actor::pointer self, callbacks then);

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

  /// Returns what the factory of a plugin has told of it; nothing so far is the
  /// same as nothing.
  shared_traits traits(const std::string& name) const;

  /// Calls `then` as soon as the factory has told of its plugin, at once if it
  /// has; never if it ends before.
  void when_described(const factory_actor& factory, std::function<void()> then);

private:
  struct description {
    /// Null: it was asked.
    shared_traits traits;
    std::vector<std::function<void()>> waiting = {};
  };

  void ask_to_describe(const factory_actor& factory);

  void described(const factory_actor& factory, plugin_traits traits);

  factory_actor within_reach(const factory_actor& factory);

  void on_down(const caf::actor_addr& factory, const caf::error& reason);

  full_manager_actor::pointer self_;
  callbacks then_;
  std::map<plugin, factory_actor> factories_;
  /// Of those whose end we will be told.
  std::unordered_map<caf::actor_addr, description> descriptions_;
  /// Those that stand for factories on other nodes.
  std::unordered_map<caf::actor_addr, owned<factory_actor>> relays_;
};

} // namespace tieline
