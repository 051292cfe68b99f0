#pragma once

#include "fleet/inventory.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fleet {

/// Finds the hosts through which others are reached.
class ways {
public:
  /// @param hops the hosts of the inventory, resolved for the plugin ssh
  /// @param given the jump hosts for all (`-J`): names of the inventory or
  ///        `[user@]host[:port]`, with commas between them; `none`: none at
  ///        all; nothing: what the inventory says
  ways(std::vector<host> hops, const std::optional<std::string>& given);

  /// Returns whether any of the hosts is reached through another.
  bool any(const std::vector<host>& hosts) const;

  /// Returns the hops, to be completed before @ref add_to.
  std::vector<host>& hops() noexcept {
    return hops_;
  }

  /// Fills in `params.via`. Those that are to have no jump host are told not to
  /// take one from ssh_config(5), if their plugin would.
  /// @throws inventory_error for a host that is unknown or on its own way,
  ///         usage_error if that was given
  void add_to(std::vector<host>& hosts) const;

private:
  const host* find(const std::string& name) const;

  /// Returns how a host is reached, as the inventory says.
  std::vector<tieline::hop> way_to(const host& x) const;

  std::vector<tieline::hop> given_way() const;

  std::vector<host> hops_;
  std::optional<std::string> given_;
};

} // namespace fleet
