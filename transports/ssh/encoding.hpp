#pragma once

#include <string>
#include <string_view>

namespace tieline::ssh {

/// Returns the bytes of base64 text; empty if it is none.
std::string from_base64(std::string_view text);

std::string to_base64(std::string_view bytes);

std::string sha256(std::string_view bytes);

std::string hmac_sha1(std::string_view key, std::string_view bytes);

} // namespace tieline::ssh
