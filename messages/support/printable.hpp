#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tieline {

// The one way in which text of others (devices, servers, files, peers) gets to
// people and logs: it must not control a terminal, forge a line, or look like
// what it is not.

/// How much of what others said in one go is told on.
inline constexpr size_t max_told = 500;

/// Returns the text as one line that is safe to show. Valid UTF-8 stays as it
/// is. Spelled out are line ends and tabs (`\n`), other control characters
/// (`\x1b`, `\u009b`), what is invisible or changes the direction of the text
/// (`\u202e`, as in JSON) and bytes that are no UTF-8 (`\xff`). What is spelled
/// out already stays so.
/// @param limit what lies beyond so many bytes of `text` is `...`
std::string printable(std::string_view text,
                      size_t limit = std::string_view::npos);

/// The same for text of several lines: line ends and tabs stay, and CR LF
/// becomes LF.
std::string printable_lines(std::string_view text);

/// Returns whether @ref printable leaves the text as it is.
bool is_printable(std::string_view text) noexcept;

/// Returns what is wrong with the name of a host, a group or a plugin; empty if
/// nothing is. A name is printable, has at most 255 bytes, and neither begins
/// nor ends with a blank. It may be empty.
std::string check_name(std::string_view name);

} // namespace tieline
