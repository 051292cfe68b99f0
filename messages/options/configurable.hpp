#pragma once

#include <caf/config_option_set.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/settings.hpp>

namespace tieline {

template <class Options>
class option_table;

/// What a struct of options can do by its table, which `Options::table()`
/// returns. Each option has the name of its member, with dashes for
/// underscores. The members are in option_table.hpp, instantiated where the
/// table is.
template <class Options>
struct configurable {
  /// Reads the options from a CAF config.
  /// @returns an `errc::invalid_setting` that names an option that is out of
  ///          range, of the wrong type or unknown, or contradicts another.
  static caf::expected<Options> load(const caf::settings& config);

  /// Returns an `errc::invalid_setting` that names an option that is out of
  /// range or contradicts another, or an empty error.
  caf::error check() const;

  /// Declares the options, with their help texts, to a host's
  /// `actor_system_config::custom_options_`.
  static void add_options(caf::config_option_set& options);
};

} // namespace tieline
