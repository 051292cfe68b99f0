#pragma once

#include <string>
#include <vector>

namespace fleet {

/// Returns host names in short, as clush does: `r[1-3,7],sw[01-12].dc2`. Names
/// that differ in one number are put together, those that differ in more along
/// the number that makes the fewest groups. Sorted by text, then number.
std::string fold(const std::vector<std::string>& names);

} // namespace fleet
