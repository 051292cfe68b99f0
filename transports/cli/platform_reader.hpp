#pragma once

#include "tieline/transports/cli/platform.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tieline::cli {

/// Prefix of a response that is the name of a secret.
inline constexpr std::string_view lookup_prefix = "__lookup::";

/// Reads a platform in the schema of scrapli_definitions. What that does not
/// know, or what is there twice, is an error.
/// @param name of the platform, that of its file
/// @param text what the file holds
/// @param file how to name the file in errors
/// @param why set to what is wrong if there is no result: file, line, reason
std::optional<platform> read_platform(std::string name, const std::string& text,
                                      const std::string& file,
                                      std::string& why);

} // namespace tieline::cli
