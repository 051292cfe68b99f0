#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tieline {

/// Returns `1 host`, `2 hosts`.
std::string counted(uint64_t n, std::string_view noun);

/// Returns the text in single quotes, @ref printable; what is beyond `limit`
/// bytes is `...`.
std::string in_quotes(std::string_view text, size_t limit = 80);

bool contains(std::string_view text, std::string_view part);

bool ends_with(std::string_view text, std::string_view end);

/// Returns the system's words for an `errno`.
std::string errno_message(int code);

/// Returns a name with dashes for underscores: one may write it with either.
std::string dashed(std::string_view name);

} // namespace tieline
