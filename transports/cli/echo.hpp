#pragma once

#include "tieline/transports/cli/platform.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tieline::cli {

/// What a terminal shows since an input was typed.
struct typed_view {
  /// The last line of the prompt that the input was typed at; empty if unknown.
  std::string_view prompt;
  std::string_view input;
  /// Lines that have ended since.
  std::string_view before;
  /// The line that has not ended.
  std::string_view line;
};

/// How sure it is that a device has read an input.
enum class echo {
  /// Not all of it is there.
  missing,
  /// It is there, but not as it was typed: wrapped, redrawn, or behind a line
  /// of the log. It counts if nothing more comes.
  likely,
  /// It stands behind the prompt.
  certain,
};

/// Returns whether the device has echoed the input. What came before its echo
/// belongs to something else, so only an echo behind a prompt is certain.
echo find_echo(const typed_view& what, const platform& where);

/// Returns the text without blanks.
std::string squeezed(std::string_view text);

} // namespace tieline::cli
