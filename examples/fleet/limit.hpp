#pragma once

#include "fleet/inventory.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleet {

/// A choice of hosts: globs separated by commas. Each is matched against the
/// host's name and the names of its groups. A glob after `!` excludes hosts; if
/// there are only such globs, all other hosts are chosen.
class limit {
public:
  /// @throws std::invalid_argument for an empty glob.
  explicit limit(std::string_view text);

  bool matches(const host& x) const;

  /// Returns the globs that match none of `hosts`. Most likely they are typos.
  std::vector<std::string> unused(const std::vector<host>& hosts) const;

private:
  std::vector<std::string> included_;
  std::vector<std::string> excluded_;
};

} // namespace fleet
