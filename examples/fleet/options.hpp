#pragma once

#include "fleet/command_line.hpp"

#include <tieline/messages/options/configurable.hpp>

#include <caf/settings.hpp>
#include <caf/timespan.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace fleet {

/// Another process that has published its manager.
struct node {
  std::string host;
  uint16_t port = 0;
};

/// What to do, all settled. Each but the last is `fleet.<name>` in a config
/// file.
struct options : tieline::configurable<options> {
  std::string inventory;
  std::string limit = "*";
  uint64_t forks = 32;
  /// Zero: not given.
  caf::timespan timeout{0};
  /// Empty: as the platform of the host wants it.
  std::string plugin;
  /// `HOST:PORT` of the manager; empty: it is in this process.
  std::string address;
  /// A file of ssh_config(5), `none`, or empty for the usual ones.
  std::string ssh_config;
  /// The address, taken apart.
  std::optional<node> at = std::nullopt;

  static const tieline::option_table<options>& table();
};

/// Returns the value of an environment variable or null.
using environment = std::function<const char*(const char*)>;

/// Settles each option: the command line, else `fleet.<name>` in the config
/// file, else `FLEET_<NAME>` in the environment, else the default.
/// @throws usage_error that names where a bad value came from.
options settle(const arguments& args, const caf::settings& file,
               const environment& env);

} // namespace fleet
