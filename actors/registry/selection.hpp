#pragma once

#include "tieline/messages/connection_key.hpp"
#include "tieline/messages/operation.hpp"

#include <fnmatch.h>

#include <string>

namespace tieline {

/// Returns whether the text matches the pattern as fnmatch(3) without flags has
/// it: `*` also takes slashes and leading dots, case counts, a bracket that is
/// never closed stands for itself.
inline bool matches(const std::string& pattern, const std::string& text) {
  return pattern == "*" || fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

/// Returns whether the pattern can match no text but itself.
inline bool is_name(const std::string& pattern) {
  return pattern.find_first_of("*?[\\") == std::string::npos;
}

/// Returns whether the selector chooses the connection.
inline bool matches(const selector& x, const connection_key& key) {
  return matches(x.hostname, key.hostname)
         && matches(x.plugin_name, key.plugin_name);
}

} // namespace tieline
