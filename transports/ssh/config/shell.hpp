#pragma once

#include <string>

namespace tieline::ssh::config {

/// Runs the command of a `Match exec` in /bin/sh, without input and output, and
/// returns whether it succeeded. It is killed after 10 s, with what it started.
/// Blocks.
bool run_in_shell(const std::string& command);

} // namespace tieline::ssh::config
