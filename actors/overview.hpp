#pragma once

#include "tieline/actors/manager.hpp"
#include "tieline/actors/registry.hpp"

#include <caf/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tieline {

/// The manager's own interface and the one its connections see.
using full_manager_actor = manager_actor::extend_with<supervisor_actor>;

/// What the manager asks of its connections: how they are, why, and to carry
/// out orders. Part of its actor; answers the message that is being handled.
class overview {
public:
  /// @param book is to live as long.
  overview(full_manager_actor::pointer self, const registry& book)
    : self_(self),
      book_(book) {
    // nop
  }

  caf::result<std::optional<connection_status>>
  status(const connection_key& key) const;

  caf::result<std::vector<connection_status>> status_of_all() const;

  caf::result<std::optional<explanation>>
  explain(const connection_key& key) const;

  caf::result<uint64_t> operate(operation what, const selector& whom,
                                caf::timespan window) const;

  /// Lets connections try again whose login was refused.
  void forgive_logins(const std::string& username) const;

private:
  template <class T, class Atom>
  caf::result<std::optional<T>>
  ask(const connection_actor& connection, Atom what) const;

  full_manager_actor::pointer self_;
  const registry& book_;
};

} // namespace tieline
