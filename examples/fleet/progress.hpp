#pragma once

#include "fleet/result.hpp"

#include <caf/timespan.hpp>

#include <cstddef>
#include <string>

namespace fleet {

/// Returns `120/500 done, 118 ok, 1 failed, 1 unreachable, 32 running, 1.20 s`.
std::string progress_line(const tally& so_far, size_t running,
                          caf::timespan elapsed);

/// Shows how far the run is: on a terminal in one line that is written over
/// and over, otherwise by a new line for about each tenth of the hosts.
class progress {
public:
  /// @param fd where to write.
  explicit progress(int fd);

  /// Whether it is worth showing again when nothing but time has passed.
  bool ticks() const noexcept {
    return terminal_;
  }

  /// Shows the state if it is time to. `now` is the time since the start.
  void show(const tally& so_far, size_t running, caf::timespan now);

  /// Takes the line away, so that other text can go where it was.
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
