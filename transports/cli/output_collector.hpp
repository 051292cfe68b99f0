#pragma once

#include "tieline/transports/cli/platform.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tieline::cli {

/// The output of one command: what of it can be handed on, and whether the
/// device said in it that the command failed.
class output_collector {
public:
  /// @param streams whether output is handed on as it comes, so that only its
  ///        end is kept
  output_collector(const platform& where, bool streams)
    : platform_(where),
      streams_(streams) {
    // nop
  }

  void add(std::string_view text);

  /// Returns the last bytes that are kept.
  std::string_view tail(size_t most) const;

  /// Returns whether nothing stands before `tail(most)` on its first line.
  bool tail_begins_a_line(size_t most) const;

  /// Drops so many of the last bytes.
  void cut(size_t bytes);

  /// Returns how much there is to cut if the output ends in lines of the log
  /// with a prompt, or a part of it, before them.
  /// @param line what follows without an end
  /// @param any whether the prompt of any mode will do
  std::optional<size_t> log_behind_prompt(std::string_view prompt,
                                          std::string_view line,
                                          bool any) const;

  /// Returns how many bytes it has had, without those that were cut.
  uint64_t size() const noexcept {
    return handed_on_ + text_.size();
  }

  /// Returns what can be handed on now.
  std::string take();

  /// Returns all that is left.
  std::string take_all();

  /// Returns the first indicator of a failure that was there; empty: none.
  const std::string& indicator() const noexcept {
    return indicator_;
  }

  /// Returns the line that it stood in.
  const std::string& complaint() const noexcept {
    return complaint_;
  }

private:
  void look_for_failure(size_t from);

  const platform& platform_;
  bool streams_;
  std::string text_;
  uint64_t handed_on_ = 0;
  /// What was handed on ended a line.
  bool ended_line_ = true;
  std::string indicator_;
  std::string complaint_;
};

} // namespace tieline::cli
