#pragma once

#include "tieline/transports/cli/pattern.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tieline::cli {

/// What to answer to a question of the device.
struct answer {
  pattern question;
  /// A text, or the name of a secret.
  std::string text;
  bool is_secret = false;
};

/// What becomes of lines that are configuration.
struct config_change {
  enum class purpose {
    /// They are put into effect.
    commit,
    /// They are undone, when all were taken and the difference was shown.
    check,
    /// There are none; what was committed for a time is for good.
    confirm,
  };

  purpose what = purpose::commit;
  /// The result tells what is different.
  bool diff = false;
  /// Until the device goes back by itself; zero: it does not.
  std::chrono::seconds confirm_within{0};
};

/// Lines to run in a shell.
struct shell_request {
  std::vector<std::string> lines;
  /// The mode to run them in; empty: that of the platform.
  std::string mode = {};
  std::vector<answer> answers = {};
  /// Lines behind one that failed are not sent.
  bool stop_on_failure = true;
  /// Ends each line in place of a prompt.
  std::optional<pattern> expect = std::nullopt;
  /// Keeps echo and prompt.
  bool raw = false;
  /// Hands output on as it comes.
  bool streams = false;
  /// Most bytes of output; zero: any number.
  uint64_t output_limit = 0;
  /// The lines are configuration.
  std::optional<config_change> change = std::nullopt;
};

/// What came of it.
struct shell_result {
  /// Of all lines that ran; empty if it was handed on.
  std::string output;
  /// How many bytes of output each line had that ran.
  std::vector<uint64_t> sizes;
  /// The first line that failed, the text that told, and where that stood. All
  /// empty: none failed.
  std::string failed_command;
  std::string indicator;
  std::string complaint;
  /// The last line of the last prompt, and its mode.
  std::string prompt;
  std::string mode;
  /// What has become of a configuration: `unchanged`, `not committed`, `applied
  /// in part`, `applied`, `committed`, `to be confirmed`, `confirmed`,
  /// `checked`, `aborted` or `unknown`; empty if the lines are none.
  std::string change;
  std::string diff;
};

} // namespace tieline::cli
