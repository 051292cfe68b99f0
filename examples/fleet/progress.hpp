#pragma once

#include "fleet/result.hpp"

#include <caf/timespan.hpp>

#include <cstddef>
#include <string>

namespace fleet {

/// Returns `120/500 done, 118 ok, 1 failed, 1 unreachable, 32 running, 1.20 s`.
std::string progress_line(const tally& so_far, size_t running,
                          caf::timespan elapsed);

/// Shows the progress of the run: on a terminal in one line that is rewritten
/// again and again, elsewhere by a new line for about each tenth of the hosts.
class progress {
public:
  /// @param fd where to write.
  explicit progress(int fd);

  /// Returns whether to show the progress also when only time has passed.
  bool ticks() const noexcept {
    return terminal_;
  }

  /// Shows the progress unless that was done just before. `now` is the time
  /// since the start.
  void show(const tally& so_far, size_t running, caf::timespan now);

  /// Removes the line, so that other text can take its place.
  void hide();

  /// Writes lines that stay.
  void say(const std::string& text);

private:
  int fd_;
  bool terminal_;
  bool visible_ = false;
  caf::timespan last_shown_{-1};
  size_t last_tenth_ = 0;
};

} // namespace fleet
