#pragma once

#include "tieline/messages/secret.hpp"

#include <cstddef>
#include <string>

namespace tieline {

/// How much of its file a secret is.
enum class secret_text {
  /// For instance a private key.
  all,
  /// All but the line end at its end, for instance a password.
  without_line_end,
};

/// Reads a secret from a file of at most `limit` bytes and leaves no copy of it
/// behind; a leading `~/` is the user's home. Returns why it cannot, path and
/// all; empty if it could. Blocks.
std::string read_secret_file(const std::string& path, secret_text how,
                             secret& out, size_t limit = size_t{1} << 20);

} // namespace tieline
