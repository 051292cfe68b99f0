#pragma once

#include "fleet/result.hpp"

#include <caf/timespan.hpp>

#include <cstddef>
#include <string>

namespace fleet {

/// How the whole run went.
struct recap {
  fleet::tally tally;
  bool interrupted = false;
  caf::timespan elapsed{0};
  /// Most threads of the process at a time.
  size_t threads = 0;
  /// Most hosts at work at a time.
  size_t hosts_at_once = 0;
  /// Processor time of the process, that of a lab in it included.
  caf::timespan cpu{0};
};

/// Returns a recap for people; `verbose` adds threads and processor time.
std::string to_text(const recap& x, bool verbose);

} // namespace fleet
