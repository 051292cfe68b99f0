#pragma once

#include "tieline/messages/interfaces.hpp"

#include <caf/actor_addr.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace tieline {

/// The factories of a manager, by plugin name.
class factory_table {
public:
  /// The name of a plugin, or none for all that have no factory of their own.
  using plugin = std::optional<std::string>;

  bool empty() const noexcept {
    return factories_.empty();
  }

  /// Sets the factory of a plugin. Returns the one that it replaces, or a null
  /// handle.
  factory_actor set(plugin name, factory_actor factory) {
    return std::exchange(factories_[std::move(name)], std::move(factory));
  }

  /// Takes the factory of a plugin out and returns it, or a null handle.
  factory_actor erase(const plugin& name) {
    auto taken = factories_.extract(name);
    return taken.empty() ? factory_actor{} : std::move(taken.mapped());
  }

  /// Takes a factory out wherever it is set.
  void erase(const caf::actor_addr& factory) {
    for (auto i = factories_.begin(); i != factories_.end();)
      i = i->second.address() == factory ? factories_.erase(i) : std::next(i);
  }

  /// Returns whether the factory is set anywhere.
  bool has(const caf::actor_addr& factory) const {
    return std::any_of(factories_.begin(), factories_.end(),
                       [&](auto& x) { return x.second.address() == factory; });
  }

  /// Returns the factory to ask for a plugin, or a null handle.
  factory_actor find(const std::string& name) const {
    auto i = factories_.find(name);
    if (i == factories_.end())
      i = factories_.find(std::nullopt);
    return i == factories_.end() ? factory_actor{} : i->second;
  }

private:
  std::map<plugin, factory_actor> factories_;
};

} // namespace tieline
