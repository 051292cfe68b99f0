#pragma once

#include "fleet/command_line.hpp"
#include "fleet/messages.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>

namespace fleet {

/// Spawns a printer for `hosts` hosts. It writes results and the recap to the
/// file descriptor `output`, progress to `progress_output`. It has a thread of
/// its own, since writing to a pipe or a terminal blocks. If the output cannot
/// be written any more, it says so on `progress_output` and quits.
printer_actor spawn_printer(caf::actor_system& sys, size_t hosts,
                            output_format format, bool verbose, int output = 1,
                            int progress_output = 2);

} // namespace fleet
