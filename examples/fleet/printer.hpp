#pragma once

#include "fleet/command_line.hpp"
#include "fleet/messages.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>

namespace fleet {

/// Spawns a printer for `hosts` hosts: results and recap go to the file
/// `output`, progress to `progress_output`. It runs on a thread of its own, as
/// writing to a pipe or terminal blocks. When the output cannot be written any
/// more, it says so there and quits.
printer_actor spawn_printer(caf::actor_system& sys, size_t hosts,
                            output_format format, bool verbose, int output = 1,
                            int progress_output = 2);

} // namespace fleet
