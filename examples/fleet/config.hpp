#pragma once

#include <tieline/messages/options/config.hpp>

#include <string>
#include <vector>

namespace fleet {

/// The settings of CAF, tieline and fleet: from a config file and the command
/// line. Has to exist before the actor system.
class config : public tieline::config {
public:
  config();

  /// Takes over what @ref parse left in `arguments::settings`.
  /// @returns false if all that was wanted was to see the settings.
  /// @throws usage_error
  bool read(std::vector<std::string> settings);
};

} // namespace fleet
