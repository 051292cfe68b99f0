#pragma once

#include <caf/fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tieline::soak {

/// What the process holds at one moment.
struct sample {
  double rss_mib = 0;
  /// What malloc has given out: RSS without what it keeps for later.
  double heap_mib = 0;
  double fds = 0;
  double threads = 0;
  double actors = 0;
  /// Sessions that are up.
  double sessions = 0;
};

/// One column of samples.
struct growth_limit {
  const char* name;
  double sample::*value;
  /// How much more its median may be in the last third of a run than in the
  /// third before: the greater of a share and a number, and so much for each
  /// session that there are more of.
  double share;
  double number;
  double per_session;
};

extern const std::vector<growth_limit> limits;

/// Returns what this process holds now, once the heap has given back what it
/// can. Without the sessions.
sample take_sample(caf::actor_system& sys);

enum class third { first, second, last };

/// Returns the median in that third of a run.
double median(const std::vector<sample>& run, double sample::*value,
              third which);

/// Returns what has grown more than it may, one text for each.
std::vector<std::string> growth(const std::vector<sample>& run);

/// Returns a text if the heap holds too much when all is over, else none.
std::string heap_left(const sample& before, const sample& after);

} // namespace tieline::soak
