#pragma once

#include <string>
#include <string_view>

namespace tieline::ssh {

/// Returns the text with ASCII letters in lower case.
std::string lower_case(std::string_view text);

/// Returns whether a text matches a pattern of OpenSSH, byte by byte: `*` is
/// any text, `?` any one byte. Takes at most the product of both lengths.
bool matches_pattern(std::string_view pattern, std::string_view text);

/// What a list of patterns says about a text.
enum class list_verdict {
  no_match,
  match,
  /// A pattern after `!` matches, whatever the others do.
  negated,
};

/// Compares a text with patterns that commas separate.
list_verdict match_list(std::string_view patterns, std::string_view text);

} // namespace tieline::ssh
