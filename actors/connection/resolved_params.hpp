#pragma once

#include "tieline/actors/connection/policy.hpp"
#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/connection_params.hpp"
#include "tieline/messages/internal/ticket.hpp"
#include "tieline/messages/plugin_traits.hpp"

#include <caf/expected.hpp>

#include <map>
#include <string>

namespace tieline {

/// The params of a connection, taken apart: what concerns the session, and
/// what concerns its connection.
struct resolved_params {
  /// For the transport, as they were given.
  connection_params params;
  policy how;
  std::string credential_domain;
  std::string jump_domain;
  /// The extras that say what is above.
  std::map<std::string, std::string> taken;

  /// @param defaults where the extras say nothing
  /// @returns an `errc::invalid_params` if an extra of the policy is wrong
  static caf::expected<resolved_params> make(const connection_key& key,
                                             connection_params params,
                                             const policy& defaults);

  /// Returns whether it was made of these params. That it was not does not say
  /// that they mean something else.
  bool made_of(const connection_params& given) const;

  /// Returns whose login it is: the username, or the credential that the params
  /// name instead.
  std::string login() const;

  /// Returns a ticket for an attempt with these params. Params that mean the
  /// same have the same endpoint and credential.
  ticket make_ticket(const connection_key& key,
                     const plugin_traits& plugin) const;
};

} // namespace tieline
