#pragma once

#include "fleet/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fleet {

/// Returns `text` with control characters other than newline and tab spelled
/// out as `\x1b`, so that a device cannot drive the user's terminal.
std::string printable(std::string_view text);

/// Returns a duration in seconds for people, e.g. `0.12 s`.
std::string seconds(caf::timespan x);

/// Returns what went wrong, and in which step, in words that are the same for
/// all hosts, e.g. `connection refused (connect)`.
std::string in_short(const caf::error& x);

/// Returns a result as a headline and the output below it. In this and all
/// other forms, an explanation is below, indented.
std::string to_block(const host_result& x);

/// Returns a result as one line; newlines in the output become `\n`.
std::string to_line(const host_result& x);

/// Returns results with each different one only once, below the folded names
/// of its hosts; the ok ones first, then those of more hosts first.
std::string gather(const std::vector<host_result>& xs);

} // namespace fleet
