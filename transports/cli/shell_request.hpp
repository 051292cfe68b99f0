#pragma once

#include "tieline/transports/cli/pattern.hpp"

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
};

} // namespace tieline::cli
