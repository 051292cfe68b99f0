#pragma once

#include <caf/timespan.hpp>

#include <cstddef>

namespace fleet {

/// Returns how many threads the process has now.
size_t thread_count();

/// Returns the processor time that the process has used.
caf::timespan cpu_time();

/// Raises the soft limit of open files to the hard one: each session needs at
/// least one, and common soft limits are made for select(2).
void raise_open_files_limit();

/// Has the process leave no core file, which would hold passwords.
void leave_no_core_file();

} // namespace fleet
