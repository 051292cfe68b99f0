#pragma once

#include "fleet/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleet {

/// Returns a duration in seconds for people, e.g. `0.12 s`.
std::string seconds(caf::timespan x);

/// Returns the error and the step where it happened, in words that are the
/// same for all hosts: `connection refused (connect)`.
std::string in_short(const caf::error& x);

/// Returns a result as a headline and the output below it. In this and the
/// other forms, an explanation follows, indented.
std::string to_block(const host_result& x);

/// Returns a result as one line; newlines in the output become `\n`.
std::string to_line(const host_result& x);

/// Returns each different result once, below the folded names of its hosts.
/// The ok ones come first, then those of more hosts.
std::string gather(const std::vector<host_result>& xs);

} // namespace fleet
