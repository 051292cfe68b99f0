#pragma once

#include "tieline/messages/secret.hpp"

#include <string>

namespace tieline::http {

/// Reads a bearer token from a file, without white space around it; may block.
/// Returns what is wrong with it; empty if nothing is.
std::string read_token(const std::string& path, secret& out);

} // namespace tieline::http
