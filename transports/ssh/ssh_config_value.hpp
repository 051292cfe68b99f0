#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tieline {

/// What files of ssh_config(5) say of one keyword for one host.
struct ssh_config_value {
  /// As ssh_config(5) spells it, for instance `IdentityFile`.
  std::string keyword;
  /// As `ssh -G` shows them: one, or the items of a list. Paths come with their
  /// tokens expanded.
  std::vector<std::string> values;
  /// Path of the file that says so; empty if none does, and the value is
  /// OpenSSH's default or what was asked with.
  std::string file = {};
  /// Counted from 1; 0 without a file.
  size_t line = 0;
};

/// Returns `HostName 192.0.2.1 (/etc/ssh/ssh_config:3)`; without a file,
/// `(default)`.
std::string to_string(const ssh_config_value& x);

} // namespace tieline
