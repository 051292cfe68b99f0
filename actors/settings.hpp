#pragma once

#include <caf/config_option_set.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <cstdint>

namespace tieline {

/// What can be set of the connection manager. Each is `tieline.<name>` in a
/// CAF config, with dashes for underscores.
struct settings {
  /// How long a caller waits for a session to open, factory and queue
  /// included, unless its message says otherwise. 1 ms to 1 h.
  caf::timespan open_timeout = std::chrono::seconds{30};
  /// How long a request may take unless it says otherwise. 1 ms to 24 h.
  caf::timespan execute_timeout = std::chrono::seconds{30};
  /// How long closing waits for work in flight and for the peer before it
  /// drops the session. 1 ms to 10 min.
  caf::timespan close_timeout = std::chrono::seconds{5};
  /// How long the whole manager may take to close when it is told to end.
  /// 1 ms to 1 h.
  caf::timespan shutdown_timeout = std::chrono::seconds{30};
  /// Most bytes a request may bring back unless it says otherwise.
  /// 1 to 2^40.
  uint64_t output_limit = uint64_t{64} * 1024 * 1024;

  /// Reads the settings under `tieline` from a CAF config.
  /// @returns an `errc::invalid_setting` that names a setting that is out of
  ///          range, of the wrong type or unknown.
  static caf::expected<settings> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names a setting that is out of
  /// range, or an empty error.
  caf::error check() const;

  /// Declares the settings, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

} // namespace tieline
