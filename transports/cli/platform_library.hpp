#pragma once

#include "tieline/transports/cli/platform.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tieline::cli {

/// The platforms that tieline ships, as pairs of name and file.
const std::vector<std::pair<std::string_view, std::string_view>>&
shipped_platforms();

/// The platforms that there are, each compiled once for all sessions.
class platform_library {
public:
  /// Reads the files `*.yaml` of the folders, then those that are shipped. The
  /// first of a name counts. Blocks.
  explicit platform_library(const std::vector<std::string>& folders);

  /// Returns the platform of that name or alias.
  /// @param why set to why there is none: what is wrong with its file or
  ///        folder, or which ones there are
  std::shared_ptr<const platform> find(const std::string& name,
                                       std::string& why) const;

private:
  void add(const std::string& name, const std::string& text,
           const std::string& file);

  std::map<std::string, std::shared_ptr<const platform>> platforms_;
  std::map<std::string, std::string> aliases_;
  /// What is wrong with the file of a name, or with a folder.
  std::map<std::string, std::string> broken_;
  std::string broken_folder_;
};

} // namespace tieline::cli
