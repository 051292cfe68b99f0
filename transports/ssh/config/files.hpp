#pragma once

#include "tieline/transports/ssh/config/evaluator.hpp"
#include "tieline/transports/ssh/config/parser.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tieline::ssh::config {

/// Returns the surroundings of this process, with `exec` left empty. The home
/// is that of messages/support/file.hpp.
surroundings own_surroundings();

/// Files of ssh_config(5) with all that they include. Reads them, and parses
/// them once for each change. Blocks. Used by one thread at a time.
class file_set {
public:
  /// @param paths in their order; a leading `~/` is the user's home. Those
  ///        below /etc/ssh are the system's, the others a user's.
  file_set(std::vector<std::string> paths, surroundings here);

  /// Reads the files again if one of them has changed, or if an Include finds
  /// other files. Returns whether it did.
  bool refresh();

  /// Returns what is wrong with the files: one is missing, unreadable or
  /// writable for others, a line makes no sense, or includes run in a circle.
  const problem& wrong() const noexcept {
    return wrong_;
  }

  /// Returns the files that were named; they hold those that they include.
  const std::vector<std::shared_ptr<const file>>& files() const noexcept {
    return files_;
  }

  /// Returns all files, each once, in the order in which they were read.
  const std::vector<std::shared_ptr<const file>>& all() const noexcept {
    return all_;
  }

  const surroundings& here() const noexcept {
    return here_;
  }

private:
  class loader;

  /// A file as it was, or what an Include found.
  struct observation {
    std::string path;
    bool is_pattern;
    std::string seen;
  };

  static std::string look(const std::string& path, bool is_pattern);

  std::vector<std::string> paths_;
  surroundings here_;
  bool read_ = false;
  std::vector<observation> observed_;
  problem wrong_;
  std::vector<std::shared_ptr<const file>> files_;
  std::vector<std::shared_ptr<const file>> all_;
};

/// Returns what is not supported of all files, one line for each file that has
/// such lines: `PATH: not supported: ForwardAgent (line 3), SendEnv (line 7)`.
std::vector<std::string> unsupported_in(const file_set& from);

} // namespace tieline::ssh::config
