#pragma once

#include <tieline/messages/secret.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fleet {

/// A place in a file. Lines count from 1; 0 is the file as a whole.
struct place {
  std::string file;
  int line = 0;
};

/// What is wrong with an inventory: `hosts.yaml:12: r1.port: must be ...`.
class inventory_error : public std::runtime_error {
public:
  inventory_error(const place& where, const std::string& field,
                  const std::string& problem);
};

/// The fields that hosts, groups, defaults and connection options share. A
/// field that is not set is inherited.
struct settings {
  std::optional<std::string> hostname;
  std::optional<uint16_t> port;
  std::optional<std::string> username;
  std::optional<tieline::secret> password;
  std::optional<std::string> platform;
  /// The name of a credential (see tieline::credentials) instead of a password.
  std::optional<std::string> credential;
  /// The host of the inventory through which it is reached, or `none`.
  std::optional<std::string> jump;
  place jump_place;
  /// Only of connection options; with underscores, merged key by key.
  std::map<std::string, std::string> extras;
  /// The extras that are secrets of the plugin, such as `passphrase`.
  std::map<std::string, tieline::secret> secrets;
};

/// The name of a group, and the place where a host or group lists it.
struct group_name {
  std::string name;
  place where;
};

/// A host, a group or the defaults as written.
struct entry {
  std::string name;
  settings own;
  /// The connection options of the plugin that was asked for.
  settings plugin;
  std::vector<group_name> groups;
};

/// An inventory as written.
struct inventory_files {
  std::vector<entry> hosts;
  std::map<std::string, entry> groups;
  entry defaults;
};

/// Reads an inventory in nornir's format: `path` is the hosts file or the
/// folder with `hosts.yaml`; `groups.yaml` and `defaults.yaml` beside it are
/// optional. Of the connection options, those of `plugin` are kept.
/// @throws inventory_error that names file, line and field, also for an extra
///         of that plugin that is unknown or out of range, and for a name that
///         cannot be shown.
inventory_files read_inventory(const std::filesystem::path& path,
                               std::string_view plugin);

/// Returns what people should know of the files of an inventory: that everybody
/// can change them.
std::vector<std::string> loose_files(const std::filesystem::path& path);

} // namespace fleet
