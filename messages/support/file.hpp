#pragma once

#include <cstddef>
#include <string>

namespace tieline {

/// Returns the path with a leading `~/` replaced by the user's home.
std::string expand_home(const std::string& path);

/// What all users of the machine may do with a file.
enum class everybody { reads, writes };

/// Returns whether a file is there and everybody may do that; a leading `~/` is
/// the user's home. Blocks.
bool open_to(everybody what, const std::string& path);

/// Reads a whole file of at most `limit` bytes; a leading `~/` is the user's
/// home. Returns why it cannot, path and all; empty if it could. Blocks.
std::string read_file(const std::string& path, size_t limit, std::string& out);

} // namespace tieline
