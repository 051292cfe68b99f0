#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tieline::http {

/// Returns the names of the authentication schemes that a server offers (RFC
/// 9110, 11.6.1), as it spells them, each once.
/// @param challenges the value of `www-authenticate`
std::vector<std::string> offered_schemes(std::string_view challenges);

/// Returns whether one of the schemes has this name, in whatever case.
bool offers(const std::vector<std::string>& schemes, std::string_view name);

/// Returns e.g. `it offers Digest, Negotiate`, or `it offers no way to log in`.
std::string describe_offer(const std::vector<std::string>& schemes);

} // namespace tieline::http
