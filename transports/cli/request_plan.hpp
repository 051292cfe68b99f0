#pragma once

#include "tieline/transports/cli/platform.hpp"
#include "tieline/transports/cli/shell_request.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tieline::cli {

/// One line that is sent, or a change of modes.
struct action {
  /// What it is for.
  enum class stage {
    /// To get somewhere; what it says is of no interest.
    way,
    /// A line of the request.
    line,
    /// Shows what is different.
    diff,
    /// Shows all, before and after.
    snapshot,
    commit,
    confirm,
    abort,
  };

  instruction what;
  stage purpose = stage::way;
  /// The mode that the shell should be in behind it.
  std::string leads_to = {};

  bool is_line() const noexcept {
    return purpose == stage::line;
  }

  /// Returns whether what it says is kept.
  bool keeps_output() const noexcept {
    return purpose != stage::way;
  }
};

/// Returns all that a request asks to be done, if nothing fails.
std::vector<action> plan_of(const platform& where, const shell_request& what);

/// Returns how what was not committed is undone; empty if it cannot be.
std::vector<action> plan_to_abort(const platform& where);

/// Returns why the platform cannot do that with a configuration; empty if it
/// can.
std::string objection_to(const platform& where, const config_change& what);

/// Returns the lines that differ between two texts, each behind `-` or `+`,
/// with the line before them that they have in common.
std::string line_diff(const std::string& before, const std::string& after);

} // namespace tieline::cli
