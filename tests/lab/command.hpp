#pragma once

#include "tieline/lab/device.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tieline::lab {

/// What a command is given.
struct invocation {
  device where;               ///< the device it runs on
  std::string_view arguments; ///< the line after the command's name
  std::string_view input;     ///< all of stdin, if the command reads it
};

/// What a command answers. Output is sent in the order of the members.
struct result {
  std::string output;                 ///< to stdout
  std::string error;                  ///< to stderr
  int status = 0;                     ///< exit status
  std::string signal = {};            ///< ends by this exit-signal instead
  std::chrono::milliseconds delay{0}; ///< waits before the first output
  std::uint64_t fill = 0;             ///< adds so many bytes of text to stdout
  bool echo = false;                  ///< copies stdin to stdout until EOF
};

/// Runs on one of the server's threads: must not block. An exception becomes
/// an error message and status 1.
using command = std::function<result(const invocation&)>;

/// When a command runs.
enum class input {
  ignored, ///< at once
  read,    ///< when the client has sent all of stdin
};

} // namespace tieline::lab
