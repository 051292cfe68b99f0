#pragma once

#include <string>
#include <string_view>

namespace tieline {

/// Returns the bytes of base64 text (RFC 4648, 4) with its padding; empty if it
/// is none.
std::string from_base64(std::string_view text);

std::string to_base64(std::string_view bytes);

} // namespace tieline
