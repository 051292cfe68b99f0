#pragma once

#include "tieline/messages/secret.hpp"

#include <cstddef>
#include <string>

namespace tieline {

/// Returns the path with a leading `~/` replaced by the user's home.
std::string expand_home(const std::string& path);

/// Reads a whole file of at most `limit` bytes; a leading `~/` is the user's
/// home. Returns why it cannot, path and all; empty if it could. Blocks.
std::string read_file(const std::string& path, size_t limit, std::string& out);

/// How much of its file a secret is.
enum class secret_text {
  /// For instance a private key.
  all,
  /// All but the line end at its end, for instance a password.
  without_line_end,
};

/// The same with a secret, of which it leaves no copy behind.
std::string read_secret_file(const std::string& path, secret_text how,
                             secret& out, size_t limit = size_t{1} << 20);

} // namespace tieline
