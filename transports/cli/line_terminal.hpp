#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tieline::cli {

/// A terminal of one line: turns what a device writes to a terminal into text.
/// What is written over, with `\r`, backspaces or ANSI sequences, is gone;
/// colours and other control characters are, too. Lines that have ended do not
/// change any more.
class line_terminal {
public:
  /// Reads bytes of the device and appends the lines that end to `finished`,
  /// each with its `\n`. The front of a line that is longer than any that is
  /// redrawn is finished, too.
  void push(std::string_view bytes, std::string& finished);

  /// Returns the line that has not ended.
  const std::string& line() const noexcept {
    return line_;
  }

  /// Returns whether that begins where a line of the device does.
  bool at_line_start() const noexcept {
    return !continues_;
  }

  /// Returns whether it is in the middle of a control sequence.
  bool in_sequence() const noexcept {
    return state_ != state::text;
  }

  /// Forgets the line that has not ended.
  void clear_line();

private:
  enum class state {
    text,
    /// After an ESC.
    escape,
    /// After ESC and one of `( ) * + # %`, which take one more.
    escape_one,
    /// CSI, up to its final byte.
    control,
    /// OSC, DCS and the like, up to BEL or ESC \.
    string,
    string_escape,
  };

  void write(std::string_view text);

  void end_line(std::string& finished);

  void control(char c, std::string& finished);

  void sequence(char final);

  size_t parameter(size_t fallback) const;

  std::string line_;
  size_t cursor_ = 0;
  // Where the last text ended, if the cursor has only returned since.
  size_t end_of_writing_ = 0;
  bool continues_ = false;
  state state_ = state::text;
  std::string parameters_;
};

} // namespace tieline::cli
