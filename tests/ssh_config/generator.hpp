#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tieline::test {

/// A set of ssh_config files and what ssh is asked with them.
struct generated_config {
  std::string main_file;
  std::string host;
  /// As `-l`; empty: not given.
  std::string user;
  /// As `-p`; empty: not given.
  std::string port;
  /// What was written, for people.
  std::string text;
};

/// Writes files below a folder, the same for the same seed: all keywords that
/// tieline supports, with all ways to write them, in Host and Match blocks and
/// included files. All are what OpenSSH 9.2 and 10.0 take, and take alike.
generated_config generate_config(uint32_t seed, const std::string& folder);

} // namespace tieline::test
