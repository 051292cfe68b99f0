#pragma once

#include "tieline/actors/registry/registry.hpp"
#include "tieline/actors/runtime/request_table.hpp"
#include "tieline/messages/internal/supervisor.hpp"

#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tieline {

/// What the manager asks of its connections: how they are, why, and to carry
/// out orders. Part of its actor; answers the message that is being handled.
class queries {
public:
  /// @param keys, requests of the same actor; are to live as long
  /// @param node the name of this node
  queries(full_manager_actor::pointer self, const registry& keys,
          request_table& requests, std::string node)
    : self_(self),
      registry_(keys),
      requests_(requests),
      node_(std::move(node)) {
    // nop
  }

  caf::result<std::optional<connection_status>>
  status(const connection_key& key) const;

  caf::result<std::vector<connection_status>>
  status(const selector& whom) const;

  caf::result<connection_summary> summary(const selector& whom) const;

  caf::result<std::optional<explanation>>
  explain(const connection_key& key) const;

  caf::result<std::vector<explanation>> explain(const selector& whom) const;

  /// Cancels requests by their tag.
  /// @param key whose; null: all
  /// @param count those that were canceled elsewhere
  caf::result<uint64_t> cancel(const connection_key* key,
                               const std::string& tag, uint64_t count) const;

  caf::result<uint64_t> operate(operation what, const selector& whom,
                                caf::timespan window) const;

  /// Lets connections try again whose login was refused.
  void forgive_logins(const std::string& username) const;

private:
  connection_status status_of_unborn(const connection_key& key,
                                     const registry::entry& here) const;

  explanation explanation_of_unborn(const connection_key& key,
                                    const registry::entry& here) const;

  template <class T, class Atom>
  caf::result<std::optional<T>>
  ask(const connection_actor& connection, Atom what) const;

  template <class T, class Atom, class Unborn, class Then>
  void ask_all(const selector& whom, Atom what, Unborn unborn, Then then) const;

  full_manager_actor::pointer self_;
  const registry& registry_;
  request_table& requests_;
  std::string node_;
};

} // namespace tieline
