#pragma once

#include "tieline/actors/admission/admission_limits.hpp"
#include "tieline/actors/connection/policy.hpp"

#include <caf/config_option_set.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tieline {

/// The settings of a connection manager: the default policy of its connections,
/// and the limits that all connections share. Each value is a setting
/// `tieline.<name>` of a CAF config, with dashes for underscores.
struct settings : policy, admission_limits {
  /// All settings, policy first.
  static const option_table<settings>& table();

  /// The policies of the plugins that have their own.
  std::map<std::string, policy> plugins;

  /// How many unanswered events a listener may have before it loses some.
  uint64_t event_buffer = 1024;
  /// How long the manager may take to close all connections when it ends.
  caf::timespan shutdown_timeout = std::chrono::seconds{30};
  /// The name of this node in events and statuses, unique in its cluster.
  std::string node_name;

  /// Reads the settings under `tieline` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is out of
  ///          range, of the wrong type or unknown, or that is less than another
  ///          setting that it must not be less than.
  static caf::expected<settings> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names a setting that is out of
  /// range or contradicts another, or an empty error.
  caf::error check() const;

  /// Returns the policy of a plugin.
  const policy& policy_of(const std::string& plugin) const;

  /// Declares the settings, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

} // namespace tieline
